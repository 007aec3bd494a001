"""What normalize does with deliveries, file by file and line by line."""

import pytest

from emr_staging.normalize import NormalizeSettings
from tests.emr_staging.lakes import columns_of, item, lines, option, rows_of

JAN_2, JAN_3 = "2026-01-02", "2026-01-03"
DAY_1, DAY_2, DAY_3 = "2026-01-03T06:00:00", "2026-01-04T06:00:00", "2026-01-05T06:00:00"
NOON_2, NOON_3, NOON_4 = "2026-01-02T17:00:00", "2026-01-03T17:00:00", "2026-01-04T17:00:00"


def test_the_latest_revision_of_a_file_wins_whole(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1")], DAY_1)
    run()
    lake.deliver("order_items", "f", [item("o1", "l1", item_price="11.00")], DAY_2)
    assert run().mode == "incremental"
    assert lines(lake) == [(JAN_2, "o1", "l1", "11.0000")]


def test_the_latest_delivery_of_a_line_wins_across_files(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o1", "l2")], DAY_1)
    lake.deliver("order_items", "g", [item("o1", "l1", item_price="12.00")], DAY_2)
    done = run()
    assert lines(lake) == [(JAN_2, "o1", "l1", "12.0000"), (JAN_2, "o1", "l2", "10.0000")]
    assert done.superseded == {"order_items": 1, "order_item_options": 0}


def test_a_late_file_of_an_older_delivery_does_not_win(lake, run):
    lake.deliver("order_items", "g", [item("o1", "l1", item_price="12.00")], DAY_2)
    run()
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    run()
    assert lines(lake) == [(JAN_2, "o1", "l1", "12.0000")]


def test_of_equal_lines_in_one_file_the_last_row_wins(lake, run):
    rows = [item("o1", "l1", item_price="1.00"), item("o1", "l1", item_price="2.00")]
    lake.deliver("order_items", "f", rows)
    run()
    assert lines(lake) == [(JAN_2, "o1", "l1", "2.0000")]


@pytest.mark.parametrize("longer", ["f", "g"])
def test_of_files_delivered_at_the_same_time_the_greater_landing_id_wins(lake, run, longer):
    """Wherever in its file the line stands."""
    prices = {}
    for file, price in (("f", "1.0000"), ("g", "2.0000")):
        before = [item("o9", f"l-{n}") for n in range(3)] if file == longer else []
        rows = [*before, item("o1", "l1", item_price=price)]
        prices[lake.deliver("order_items", file, rows)] = price
    run()
    assert lines(lake)[0] == (JAN_2, "o1", "l1", prices[max(prices)])


def test_equal_bytes_under_two_names_count_once(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.deliver("order_items", "copy of f", [item("o1", "l1")], DAY_2)
    assert run().states == {"held": 1, "live": 1}
    assert lines(lake) == [(JAN_2, "o1", "l1", "10.0000")]


def test_lines_at_the_same_moment_take_the_restaurant_of_the_lowest_line_id(lake, run):
    rows = [item("o1", "l2", restaurant_id="r2"), item("o1", "l1", restaurant_id="r1")]
    lake.deliver("order_items", "f", rows)
    run()
    found = columns_of(lake.store, "order_items", "lineitem_id", "order_restaurant_id")
    assert found == [(JAN_2, "l1", "r1"), (JAN_2, "l2", "r1")]


def test_the_latest_delivery_of_a_restaurant_wins(lake, run):
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "city": "Bonn"}], DAY_1)
    lake.deliver("restaurants", "s", [{"restaurant_id": "r1", "city": "Berlin"}], DAY_2)
    run()
    (row,) = rows_of(lake.store, "restaurants")
    assert "'city': 'Berlin'" in row


def test_rows_of_withdrawn_files_are_kept_or_retracted_by_a_setting(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.deliver("order_items", "g", [item("o2", "l1")], DAY_1)
    lake.withdraw("f", DAY_2)
    run()
    assert len(lines(lake)) == 2
    retract = NormalizeSettings("America/New_York", withdrawn="retract")
    assert run(retract).states == {"live": 1, "withdrawn": 1}
    assert lines(lake) == [(JAN_2, "o2", "l1", "10.0000")]


def test_a_refused_file_that_is_gone_is_withdrawn_whatever_the_setting_says_of_rows(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.deliver("order_items", "g", [], DAY_1, status="quarantined")
    lake.deliver("order_items", "h", [], DAY_1, status="quarantined")
    lake.deliver("order_items", "h", [item("o2", "l1")], DAY_2)
    assert run().states == {"live": 2, "quarantined": 1, "superseded": 1}
    for file in "fgh":
        lake.withdraw(file, DAY_3)
    assert run().states == {"live": 2, "superseded": 1, "withdrawn": 1}
    assert len(lines(lake)) == 2


def test_a_file_that_is_withdrawn_and_delivered_again_counts_again(lake, run):
    retract = NormalizeSettings("America/New_York", withdrawn="retract")
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.withdraw("f", DAY_2)
    run(retract)
    assert lines(lake) == []
    lake.deliver("order_items", "f", [item("o1", "l1", item_price="9.00")], DAY_3)
    run(retract)
    assert lines(lake) == [(JAN_2, "o1", "l1", "9.0000")]


@pytest.mark.parametrize(
    ("gone_at", "seen_at", "state"),
    [(DAY_2, DAY_1, "withdrawn"), ("2026-01-02T06:00:00", "2026-01-09T06:00:00", "live")],
)
def test_whether_a_file_is_gone_is_decided_by_the_sources_time_and_by_no_clock_of_ours(
    lake, run, gone_at, seen_at, state
):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.withdraw("f", gone_at, seen_at)
    retract = NormalizeSettings("America/New_York", withdrawn="retract")
    assert run(retract).states == {state: 1}


def test_a_full_run_reads_every_ledger_again(lake, run):
    rows = [item("o1", "l1")]
    lake.deliver("order_items", "f", rows, status="quarantined")
    assert run().states == {"quarantined": 1}
    lake.deliver("order_items", "f", rows)  # cleaned again: the same landing, another ledger
    assert run().mode == "unchanged"
    assert run(full=True).states == {"live": 1}
    assert lines(lake) == [(JAN_2, "o1", "l1", "10.0000")]


def test_a_quarantined_revision_takes_the_rows_of_the_one_before_away(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    run()
    lake.deliver("order_items", "f", [], DAY_2, status="quarantined")
    assert run().states == {"quarantined": 1, "superseded": 1}
    assert lines(lake) == []


def test_a_second_run_over_the_same_files_changes_nothing(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    run()
    before = sorted(lake.store.list("normalized"))
    assert run().mode == "unchanged"
    assert sorted(lake.store.list("normalized")) == before


def test_a_run_over_an_empty_lake_writes_nothing(lake, run):
    assert (run().mode, run(full=True).mode) == ("empty", "empty")
    assert list(lake.store.list("normalized")) == []


def test_a_delivery_of_nothing_is_remembered_without_any_row(lake, run):
    lake.deliver("order_items", "f", [])
    run()
    assert run().mode == "unchanged"
    assert lines(lake) == []


def test_a_new_day_reads_and_replaces_only_itself(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1", NOON_2)], DAY_1)
    run()
    lake.deliver("order_items", "g", [item("o2", "l1", NOON_3)], DAY_2)
    done = run()
    assert (done.files_read, done.rows["order_items"]) == (1, 2)
    assert lines(lake) == [(JAN_2, "o1", "l1", "10.0000"), (JAN_3, "o2", "l1", "10.0000")]


def test_a_full_run_gives_the_rows_that_are_there(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1", NOON_3)], DAY_1)
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o8", "l1")])
    run()
    lake.deliver("order_items", "f", [item("o1", "l1", NOON_4)], DAY_2)
    run()
    before = [rows_of(lake.store, e) for e in ("order_items", "order_item_options")]
    assert run(full=True).mode == "full"
    assert [rows_of(lake.store, e) for e in ("order_items", "order_item_options")] == before
