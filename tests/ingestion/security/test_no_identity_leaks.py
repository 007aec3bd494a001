"""Card numbers and customers are in raw only: in no other key, no log line, no error, no report."""

import logging

import pytest

from ingestion.clean import CleanError, clean_new
from ingestion.report import write_reports
from lake import layout

CARD, CUSTOMER = "987654321098", "jane.doe@example.com"
PLACES = ("clean", "quarantine", "reports")


@pytest.fixture
def leaky(lake, caplog):
    """A lake of every kind of file in which a card or a customer is at a wrong place."""
    caplog.set_level(logging.DEBUG)
    good = lake.item(PRINTED_CARD_NUMBER=CARD, USER_ID="U1")
    strayed = {"ITEM_PRICE": f"no {CARD}", "ITEM_QUANTITY": f"{CARD}x", "CREATION_TIME_UTC": CARD}
    rows = [lake.item(**{name: value}, PRINTED_CARD_NUMBER=CARD) for name, value in strayed.items()]
    rows += [lake.item(PRINTED_CARD_NUMBER=CARD + "1" * 256), lake.item(USER_ID=CUSTOMER * 20)]
    rows += [good.rstrip() + ",one,more\n", good.replace("U1", '"U1')]
    lake.land(lake.items(good, *rows), name="boston/rows.csv")
    headerless = f"{CUSTOMER},{CARD},2024-03-01\n" * 3
    lake.land(headerless, name="boston/headerless.csv")
    lake.land(headerless.replace(",", "\0"), name="boston/binary.csv")
    clean_new(lake.store, lake.settings, workers=1)
    write_reports(lake.store)
    return lake


def test_no_key_but_raw_holds_a_card_or_a_customer(leaky):
    keys = [key for place in PLACES for key in leaky.store.list(place)]
    assert len([k for k in keys if k.startswith(layout.LEDGERS)]) == 3
    for key in keys:
        text = readable(leaky, key)
        assert CARD not in text, key
        assert "jane.doe" not in text, key


def readable(lake, key):
    """The text of a key; of Parquet, its rows."""
    data = lake.store.read(key)
    if key.endswith(".parquet"):
        return str(lake._read(key))
    return data.decode()


def test_no_log_line_holds_a_card_or_a_customer(leaky, caplog):
    assert CARD not in caplog.text
    assert "jane.doe" not in caplog.text


def test_the_card_is_in_clean_as_its_keyed_hash(leaky):
    (key,) = leaky.store.list("clean/entity=order_items")
    hashes = {row["card_hash"] for row in leaky._read(key)}
    assert hashes == {leaky.settings.card_key.hash(CARD)}


def test_the_key_of_the_cards_is_nowhere(leaky):
    secret = leaky.settings.card_key.secret
    for key in [key for place in ("raw", *PLACES) for key in leaky.store.list(place)]:
        data = leaky.store.read(key)
        assert secret not in data
        assert secret.hex().encode() not in data
    assert secret.hex() not in repr(leaky.settings)


def test_an_error_of_an_engine_is_told_without_its_words(lake, caplog, monkeypatch):
    """Engines quote the data that they failed on."""
    import duckdb

    import ingestion.batch

    def fail(*arguments, **details):
        raise duckdb.ConversionException(f"could not convert {CARD}")

    monkeypatch.setattr(ingestion.batch, "define_rows", fail)
    lake.land(lake.items(lake.item()))
    with pytest.raises(CleanError, match=r"items\.csv: ConversionException") as caught:
        clean_new(lake.store, lake.settings, workers=1)
    assert CARD not in str(caught.value) + caplog.text
