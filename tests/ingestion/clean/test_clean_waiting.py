"""Which files wait to be cleaned, and cleaning some of them."""

import json

from ingestion.clean import clean_new, pending
from lake import layout


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


def test_a_name_that_is_no_text_in_an_older_manifest_hurts_nobody(lake):
    manifest = lake.land(lake.items(lake.item()))
    odd = {**manifest, "path": "caf\udce9.csv", "name": "caf\udce9.csv"}
    key = layout.manifest(manifest["file_id"], manifest["revision"])
    lake.store.write(key, json.dumps(odd).encode())
    (ledger,) = clean_new(lake.store, lake.settings, workers=1)
    assert (ledger["path"], ledger["counts"]["loaded"]) == ("caf?.csv", 1)
