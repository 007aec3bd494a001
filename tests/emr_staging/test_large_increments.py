"""A large increment is looked through in parts, and touches the dates that it would as a whole."""

import hashlib
import random

import pytest

from emr_staging import touched
from emr_staging.limits import Limits, group_by_rows
from tests.emr_staging.lakes import columns_of, everything, item, option

IN_PARTS = Limits(collected_ids=10, part_rows=60, batch_rows=100)
LATER = "2026-02-01T06:00:00"


def order_id(day, number):
    """An id without any order, as random ones are."""
    return hashlib.sha256(f"{day}-{number}".encode()).hexdigest()[:24]


def noon(day):
    return f"2026-01-{day:02d}T17:00:00"


def lines_of(day, at=None, price="10.00"):
    """20 orders of a day with two lines each; line ids are drawn at random."""
    luck = random.Random(day)
    return [
        item(order_id(day, n), f"{luck.getrandbits(96):024x}", at or noon(day), item_price=price)
        for n in range(20)
        for _ in range(2)
    ]


@pytest.fixture
def ten_days(lake, run):
    """A lake with ten days of random orders, normalized."""
    for day in range(1, 11):
        rows = lines_of(day)
        lake.deliver("order_items", f"f{day}", rows)
        some = [option(r["order_id"], r["lineitem_id"]) for r in rows[:10]]
        lake.deliver("order_item_options", f"p{day}", some)
    run()
    return lake


@pytest.fixture
def parts(monkeypatch):
    """The (number of orders, dates looked into) of every part that a run looked through."""
    seen, look = [], touched._dates_now

    def spy(tables, state, part):
        seen.append((part.orders.count(), len(part.near)))
        return look(tables, state, part)

    monkeypatch.setattr(touched, "_dates_now", spy)
    return seen


def deliver_changes(lake):
    """Day 1 is corrected, day 2 moves to 20 January, days 11 to 13 and an old order come."""
    lake.deliver("order_items", "f1", lines_of(1, price="11.00"), LATER)
    lake.deliver("order_items", "f2", lines_of(2, noon(20)), LATER)
    for day in (11, 12, 13):
        lake.deliver("order_items", f"f{day}", lines_of(day), LATER)
    lake.deliver("order_items", "late", [item(order_id(5, 0), "late", noon(5))], LATER)


def test_random_ids_above_the_limit_touch_only_the_dates_of_their_orders(ten_days, run, parts):
    deliver_changes(ten_days)
    done = run(limits=IN_PARTS)
    assert done.mode == "incremental"
    assert done.dates == 8  # 1, 2, 5, 11, 12, 13 and 20 January, and the pending options
    assert done.rows["order_items"] == 13 * 40 + 1
    by_parts = everything(ten_days.store)
    run(full=True)
    assert everything(ten_days.store) == by_parts
    placed = columns_of(ten_days.store, "order_items", "order_id")
    assert {date for date, order in placed if order == order_id(2, 7)} == {"2026-01-20"}
    assert len([date for date, _ in placed if date == "2026-01-05"]) == 41


def test_no_part_holds_more_orders_than_its_rows_allow(ten_days, run, parts):
    """60 rows are one file of 40 lines, or it and the late line; random ids may stand anywhere."""
    deliver_changes(ten_days)
    run(limits=IN_PARTS)
    assert len(parts) == 7  # 5 files as they are, and twice the revision before
    assert max(orders for orders, _ in parts) <= 21
    assert [dates for _, dates in parts] == [10] * 7


def test_restaurants_that_move_are_looked_through_some_dates_at_a_time(ten_days, run, parts):
    zone = {"restaurant_id": "r1", "timezone": "Pacific/Auckland"}  # noon in New York is tomorrow
    ten_days.deliver("restaurants", "r", [zone], LATER)
    assert run(limits=IN_PARTS).mode == "incremental"
    assert parts == [(20, 1)] * 10
    dates = {date for date, _ in columns_of(ten_days.store, "order_items", "order_id")}
    assert (min(dates), max(dates)) == ("2026-01-02", "2026-01-11")
    in_parts = everything(ten_days.store)
    run(full=True)
    assert everything(ten_days.store) == in_parts


def test_restaurants_that_move_before_any_order_change_no_date(lake, run):
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1"}])
    run()
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "timezone": "UTC"}], LATER)
    assert (run().mode, run().mode) == ("incremental", "unchanged")


def test_groups_are_consecutive_and_a_large_thing_stands_alone():
    counted = [("a", 2), ("b", 3), ("c", 9), ("d", 1), ("e", 4), ("f", 1)]
    assert group_by_rows(counted, 5) == [["a", "b"], ["c"], ["d", "e"], ["f"]]
    assert group_by_rows(counted, None) == [["a", "b", "c", "d", "e", "f"]]
    assert group_by_rows([], 5) == []
