"""Which files wait to be cleaned, and cleaning some of them."""

from ingestion.clean import clean_new, pending


def test_only_the_landings_that_are_named_are_cleaned(lake):
    monday = lake.land(lake.items(lake.item()), name="monday.csv")
    tuesday = lake.land(lake.items(lake.item(ORDER_ID="O2")), name="tuesday.csv")

    (ledger,) = clean_new(lake.store, lake.settings, workers=1, only=[monday["landing_id"]])

    assert ledger["path"] == "monday.csv"
    assert [manifest["path"] for manifest in pending(lake.store)] == [tuesday["path"]]


def test_a_landing_that_was_cleaned_does_not_wait_when_it_is_named_again(lake):
    landed = lake.land(lake.items(lake.item()))
    clean_new(lake.store, lake.settings, workers=1)
    assert pending(lake.store, only=[landed["landing_id"]]) == []
