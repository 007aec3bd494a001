"""Deliveries that are overdue: found by the date that a run counts, and told once."""

import io
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lake import layout
from lake.folder import FolderStore
from orchestration.overdue import find_overdue, leave_untold, remember_told
from orchestration.settings import read_defaults

MARCH_2 = date(2024, 3, 2)
LATER = datetime(2024, 6, 1, tzinfo=UTC)
MISSING = {
    "business_date": "2024-03-02",
    "due_at": "2024-03-03 17:00 UTC",  # 12:00 in New York, eight hours after the date's end
    "missing": ["LA", "NY"],
    "held": [],
    "stale": False,
}


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "lake")


def deliver(store, restaurant, day, status="loaded"):
    """The ledger of one restaurant's file of one day of March 2024, received the next morning."""
    noon, morning = (f"2024-03-{d:02}T{h}:00:00.000000Z" for d, h in ((day, 17), (day + 1, 10)))
    key = f"{restaurant}-{day}"
    ledger = {
        "landing_id": key,
        "file_id": key,
        "sha256": key,
        "path": f"{restaurant}/{day}.csv",
        "entity": "order_items",
        "status": status,
        "restaurants": [restaurant],
        "modified_at": morning,
        "first_created_at": noon,
        "last_created_at": noon,
    }
    store.write(layout.ledger(key), json.dumps(ledger).encode())


def test_restaurants_that_did_not_deliver_a_date_are_named_with_when_it_was_due(store):
    for restaurant in ("NY", "LA", "SF"):
        deliver(store, restaurant, 1)
    deliver(store, "SF", 2)
    assert find_overdue(store, read_defaults(), MARCH_2, LATER) == [MISSING]


def test_a_restaurant_of_the_list_that_never_delivered_is_named_since_it_opened(store):
    for restaurant in ("NY", "LA"):
        deliver(store, restaurant, 1)
        deliver(store, restaurant, 2)
    opened = {"NY": date(2019, 1, 1), "LA": None, "SF": MARCH_2, "NEW": date(2024, 3, 3)}
    table = pa.table({"restaurant_id": [*opened], "opened_on": pa.array(opened.values())})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    store.write("normalized/list.parquet", buffer.getvalue())
    run = {"run_id": "run-1", "restaurants": [{"key": "normalized/list.parquet"}]}
    store.write(layout.normalized_run("run-1"), json.dumps(run).encode())
    current = {"schema_version": 2, "zones": {}, "restaurants": "run-1"}
    store.write(layout.CURRENT, json.dumps(current).encode())
    assert find_overdue(store, read_defaults(), MARCH_2, LATER) == [MISSING | {"missing": ["SF"]}]


def test_nothing_is_overdue_before_its_deadline(store):
    deliver(store, "NY", 1)
    six_in_the_morning = datetime(2024, 3, 3, 11, tzinfo=UTC)
    assert find_overdue(store, read_defaults(), MARCH_2, six_in_the_morning) == []


def test_a_date_of_which_only_held_files_came_is_told_as_such(store):
    deliver(store, "NY", 1)
    deliver(store, "NY", 2, status="quarantined")
    (day,) = find_overdue(store, read_defaults(), MARCH_2, LATER)
    assert (day["missing"], day["held"], day["stale"]) == ([], ["NY"], False)


def test_a_date_that_nobody_delivered_makes_the_lake_stale(store):
    deliver(store, "NY", 1)
    deliver(store, "LA", 1)
    (day,) = find_overdue(store, read_defaults(), MARCH_2, LATER)
    assert (day["missing"], day["stale"]) == (["LA", "NY"], True)


def test_a_run_without_a_date_looks_a_week_back_from_now(store):
    deliver(store, "NY", 1)
    found = find_overdue(store, read_defaults(), None, LATER)
    assert [day["business_date"] for day in found] == [
        *("2024-05-25", "2024-05-26", "2024-05-27", "2024-05-28", "2024-05-29", "2024-05-30"),
    ]


def test_a_lake_without_any_file_is_stale(store):
    (day,) = find_overdue(store, read_defaults(), MARCH_2, LATER)
    assert (day["business_date"], day["missing"], day["stale"]) == (
        "2024-03-02",
        ["every restaurant"],
        True,
    )


def test_what_was_told_is_not_told_again(store):
    assert leave_untold(store, [MISSING]) == [MISSING]
    remember_told(store, [MISSING])
    assert leave_untold(store, [MISSING]) == []


def test_another_restaurant_of_a_date_that_was_told_is_told_alone(store):
    remember_told(store, [MISSING | {"missing": ["LA"]}])
    assert leave_untold(store, [MISSING]) == [MISSING | {"missing": ["NY"]}]
    remember_told(store, [MISSING | {"missing": ["NY"]}])
    assert leave_untold(store, [MISSING]) == []
