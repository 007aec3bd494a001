"""Card numbers and customers are in raw only: in no other key, no log line, no error, no report."""

import logging
from dataclasses import replace

import pytest

from ingestion.clean import clean_new
from ingestion.masking import mask_unless_plain
from ingestion.report import write_reports
from lake import layout

CARD, CUSTOMER, CUSTOMER_ID = "987654321098", "jane.doe@example.com", "5f1e0a7bc2d94e66b01caabb"
TYPED = ("CREATION_TIME_UTC", "IS_LOYALTY", "CURRENCY", "ITEM_PRICE", "ITEM_QUANTITY")
PLACES = ("clean", "quarantine", "reports")


@pytest.fixture
def leaky(lake, caplog):
    """A lake of every kind of file in which a card or a customer is at a wrong place."""
    caplog.set_level(logging.DEBUG)
    good = lake.item(PRINTED_CARD_NUMBER=CARD, USER_ID="U1")
    strayed = {"ITEM_PRICE": f"no {CARD}", "ITEM_QUANTITY": f"{CARD}x", "CREATION_TIME_UTC": CARD}
    rows = [lake.item(**{name: value}, PRINTED_CARD_NUMBER=CARD) for name, value in strayed.items()]
    rows += [lake.item(**{name: who}) for name in TYPED for who in (CUSTOMER, CUSTOMER_ID)]
    rows += [lake.item(USER_ID="Kim-77", **{name: "Kim-77"}) for name in TYPED]
    rows += [lake.item(ITEM_PRICE="9876 5432 1098"), lake.item(ITEM_NAME=CUSTOMER * 210)]
    rows += [lake.item(PRINTED_CARD_NUMBER=CARD + "1" * 256), lake.item(USER_ID=CUSTOMER * 20)]
    rows += [good.rstrip() + ",one,more\n", good.replace("U1", '"U1')]
    lake.land(lake.items(good, *rows), name="boston/rows.csv")
    headerless = f"{CUSTOMER},{CARD},2024-03-01\n" * 3
    lake.land(headerless, name="boston/headerless.csv")
    lake.land(headerless.replace(",", "\0"), name="boston/binary.csv")
    clean_new(lake.store, replace(lake.settings, hold_rows=100), workers=1)
    write_reports(lake.store)
    return lake


def test_no_key_but_raw_holds_a_card_or_a_customer(leaky):
    keys = [key for place in PLACES for key in leaky.store.list(place)]
    assert len([k for k in keys if k.startswith(layout.LEDGERS)]) == 3
    for key in keys:
        text = readable(leaky, key)
        for personal in (CARD, "9876 5432", "jane.doe", CUSTOMER_ID, "Kim-77"):
            assert personal not in text, key


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("12,5O", "12,5O"),
        ("free", "free"),
        ("1,234.5.6", "1,234.5.6"),
        ("$1.2345678", "$1.2345678"),
        ("6.78E+11", "6.78E+11"),
        ("#DIV/0!", "#DIV/0!"),
        ("2024-02-30T18:30:00Z", "2024-02-30T18:30:00Z"),
        ("03/01/2024 6:30:00 PM", "03/01/2024 6:30:00 PM"),
        ("1-Mar-2024 18:30", "1-Mar-2024 18:30"),
        ("March 1, 2024 6:30 pm", "March 1, 2024 6:30 pm"),
        ("20240301T183000Z", "20240301T183000Z"),
        ("no price", "aa aaaaa"),
        ("a@b.co", "a@a.aa"),
        ("(617) 555-0123", "(999) 999-9999"),
        ("2024-03-01 987654321098", "2024-03-01 999999999999"),
        ("5f1e0a7bc2d94e66b01caabb", "9a9a9a9aa9a99a99a99aaaaa"),
    ],
)
def test_a_refused_value_is_shown_when_it_tells_nothing_of_a_person(value, shown):
    assert mask_unless_plain(value) == shown


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
    (ledger,) = clean_new(lake.store, lake.settings, workers=1)
    assert ledger["message"].endswith("does not know yet: ConversionException")
    assert "ConversionException at test_no_identity_leaks.py:" in caplog.text
    assert CARD not in str(ledger) + caplog.text
