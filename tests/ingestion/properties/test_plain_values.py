"""What is typed in Arrow, without SQL, has the value that the rules give it, and no repair."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.contract import declared_contract, load_contracts
from ingestion.plain import split_plain
from ingestion.summary import count_repairs
from ingestion.validate import define_rows, read_rows
from tests.ingestion.properties.test_nothing_is_lost import relaxed

CONTRACT = load_contracts()["order_items"]
ITEM = {
    "order_id": "O1",
    "lineitem_id": "L1",
    "restaurant_id": "R1",
    "user_id": None,
    "card_hash": "000012345678",
    "app_name": "Store App",
    "currency": "USD",
    "is_loyalty": None,
    "item_category": None,
    "item_name": "Taco, hot",
    "item_price": "12.50",
    "item_quantity": "1",
    "created_at": "2024-03-01T18:30:00.5Z",
}


def like(*forms):
    """Any of these forms, as it is or with one character changed, and blanks."""
    near = st.tuples(
        st.sampled_from(forms), st.integers(0, 30), st.sampled_from("0193.+-:,TZe#$é ")
    )
    changed = near.map(lambda n: f"{n[0][: n[1]]}{n[2]}{n[0][n[1] + 1 :]}".strip())
    return (st.sampled_from(forms) | changed).map(lambda text: text or None) | st.none()


PRICES = ("12.50", "-.5", "5.", "1.23450", "1.23456", "99999999999999.9999", "1,200.00", "1e3")
TIMES = (
    "2024-03-01T18:30:00Z",
    "2024-02-29 23:59:59.123456",
    "2024-03-01T18:30",
    "1979-12-31T00:00Z",
)
VALUES = dict.fromkeys(("order_id", "user_id", "card_hash"), like("5f1e9", "1.5E+7"))
VALUES |= dict.fromkeys(("app_name", "item_name"), like("Taco", "#N/A", "#3", "x" * 4001))
VALUES |= {
    "currency": like("USD", "usd", "US"),
    "is_loyalty": like("TRUE", "FALSE", "true", "false", "True", "yes", "1"),
    "item_price": like(*PRICES),
    "item_quantity": like("1", "12", "1.0", "99999999999999", "100000000000000"),
    "created_at": like(*TIMES, "2024-03-03T00:00:00Z", "2024-03-01T18:30:00+02:00", "2024-03-01"),
}
items = st.fixed_dictionaries({}, optional=VALUES)


def rows(*changes, comma=False):
    """Raw rows of a delivery of 2 March 2024 06:00."""
    found = [
        {"_file": 0, "_row": key, "_delivered_at": datetime(2024, 3, 2, 6), "_comma": comma}
        | ITEM
        | change
        | {"_trimmed": 0}
        for key, change in enumerate(changes)
    ]
    kinds = {"_file": pa.int32(), "_row": pa.int64(), "_delivered_at": pa.timestamp("us")}
    kinds |= {"_comma": pa.bool_()} | dict.fromkeys(ITEM, pa.string()) | {"_trimmed": pa.int32()}
    return pa.Table.from_pylist(found, pa.schema(kinds))


@relaxed
@given(st.lists(items, min_size=1, max_size=4) | items.map(lambda item: [item] * 2))
def test_what_is_plain_is_what_the_rules_make_of_it(cleaner, changes):
    raw = rows(*changes)
    plain, left = split_plain(raw, CONTRACT)
    keys = plain["_row"].to_pylist() if plain else []
    assert sorted(keys + left["_row"].to_pylist()) == [*range(len(changes))]
    if keys:
        define_rows(cleaner.connection, CONTRACT, raw.take(keys))
        refused, repairs = count_repairs(cleaner.connection, CONTRACT)
        assert (refused, {kind: n for kind, n in repairs.items() if n}) == (0, {})
        assert read_rows(cleaner.connection, CONTRACT).read_all().to_pylist() == plain.to_pylist()


def test_a_row_as_points_of_sale_write_it_is_plain():
    plain, left = split_plain(rows({}, {"is_loyalty": "TRUE"}), CONTRACT)
    assert left.num_rows == 0
    assert plain["item_price"].to_pylist() == [Decimal("12.5000")] * 2
    assert plain["created_at"].to_pylist() == [datetime(2024, 3, 1, 18, 30, 0, 500_000)] * 2
    assert plain["is_loyalty"].to_pylist() == [False, True]
    assert plain["item_quantity"].to_pylist() == [1, 1]


@pytest.mark.parametrize(
    "change",
    [
        {"order_id": "6.78E+11"},
        {"order_id": None},
        {"user_id": "#N/A"},
        {"item_name": "x" * 4001},
        {"currency": "usd"},
        {"is_loyalty": "maybe"},
        {"item_price": "$5"},
        {"item_quantity": "1.0"},
        {"created_at": "2024-03-01T06:00:00+02:00"},
    ],
)
def test_a_row_with_another_value_is_left_to_the_rules_alone(change):
    plain, left = split_plain(rows({}, change, {}), CONTRACT)
    assert (plain["_row"].to_pylist(), left["_row"].to_pylist()) == ([0, 2], [1])


@pytest.mark.parametrize(
    "moment", ["2024-02-30T00:00:00.0Z", "2024-03-01T24:00:00.0Z", "2024-03-03T18:30:00.0Z"]
)
def test_a_block_with_a_time_that_cannot_be_is_left_to_the_rules(moment):
    plain, left = split_plain(rows({}, {"created_at": moment}), CONTRACT)
    assert (plain, left["_row"].to_pylist()) == (None, [0, 1])


def test_decimal_commas_and_declared_times_are_left_to_the_rules():
    declared = declared_contract(CONTRACT, "%d/%m/%Y %H:%M", None)
    assert split_plain(rows({}, comma=True), CONTRACT)[0] is None
    assert split_plain(rows({}), declared)[0] is None
