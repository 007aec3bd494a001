"""What normalize does with deliveries, file by file and line by line."""

import pytest

from emr_staging.normalize import NormalizeSettings
from tests.emr_staging.lakes import columns_of, item, option, rows_of

JAN_2, JAN_3, JAN_4, JAN_5 = "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"
DAY_1, DAY_2, DAY_3 = "2026-01-03T06:00:00", "2026-01-04T06:00:00", "2026-01-05T06:00:00"
NOON_2, NOON_3, NOON_4 = "2026-01-02T17:00:00", "2026-01-03T17:00:00", "2026-01-04T17:00:00"


def lines(lake):
    """(business date, order, line, price) of every line."""
    return columns_of(lake.store, "order_items", "order_id", "lineitem_id", "item_price")


def options(lake):
    """(business date or pending, order, line, price) of every option."""
    return columns_of(lake.store, "order_item_options", "order_id", "lineitem_id", "option_price")


def test_a_line_gets_the_local_time_and_the_business_date_of_its_restaurant(lake, run):
    """03:30 UTC on 3 January is 22:30 on 2 January in New York and 19:30 in Los Angeles."""
    at = "2026-01-03T03:30:00"
    lake.deliver("restaurants", "r", [{"restaurant_id": "la", "timezone": "America/Los_Angeles"}])
    lake.deliver(
        "order_items", "f", [item("o1", "l1", at), item("o2", "l1", at, restaurant_id="la")]
    )
    run()
    assert columns_of(lake.store, "order_items", "order_id", "ordered_at_local") == [
        (JAN_2, "o1", "2026-01-02 22:30:00"),
        (JAN_2, "o2", "2026-01-02 19:30:00"),
    ]


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


def test_an_order_across_the_days_cut_stays_whole_on_the_day_of_its_first_line(lake, run):
    """The cut is midnight in New York, 05:00 UTC."""
    rows = [item("o1", "l1", "2026-01-03T04:59:00"), item("o1", "l2", "2026-01-03T05:01:00")]
    lake.deliver("order_items", "f", rows)
    run()
    assert lines(lake) == [(JAN_2, "o1", "l1", "10.0000"), (JAN_2, "o1", "l2", "10.0000")]


def test_lines_at_the_same_moment_take_the_restaurant_of_the_lowest_line_id(lake, run):
    rows = [item("o1", "l2", restaurant_id="r2"), item("o1", "l1", restaurant_id="r1")]
    lake.deliver("order_items", "f", rows)
    run()
    found = columns_of(lake.store, "order_items", "lineitem_id", "order_restaurant_id")
    assert found == [(JAN_2, "l1", "r1"), (JAN_2, "l2", "r1")]


def test_a_corrected_first_line_moves_the_whole_order_to_another_day(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1")], DAY_1)
    lake.deliver("order_items", "g", [item("o1", "l2", NOON_3)], DAY_1)
    run()
    lake.deliver("order_items", "f", [item("o1", "l1", NOON_4), item("o2", "l1")], DAY_2)
    run()
    assert lines(lake) == [
        (JAN_2, "o2", "l1", "10.0000"),
        (JAN_3, "o1", "l1", "10.0000"),
        (JAN_3, "o1", "l2", "10.0000"),
    ]


def test_the_business_day_begins_at_the_hour_that_is_set(lake, run):
    """08:59 UTC is 03:59 in New York."""
    lake.deliver("order_items", "f", [item("o1", "l1", "2026-01-03T08:59:00")])
    run(NormalizeSettings("America/New_York", business_day_start_hour=4))
    assert lines(lake) == [(JAN_2, "o1", "l1", "10.0000")]


def test_another_setting_rebuilds_everything_and_says_why(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1", "2026-01-03T04:00:00")])
    run()
    done = run(NormalizeSettings("UTC"))
    assert (done.mode, done.why_full) == ("full", "settings changed: default_timezone")
    assert lines(lake) == [(JAN_3, "o1", "l1", "10.0000")]


@pytest.mark.parametrize(
    ("utc", "local", "date"),
    [
        ("2026-03-08T06:59:59", "2026-03-08 01:59:59", "2026-03-08"),  # an hour is skipped
        ("2026-03-08T07:00:00", "2026-03-08 03:00:00", "2026-03-08"),
        ("2026-11-01T05:30:00", "2026-11-01 01:30:00", "2026-11-01"),  # an hour comes twice
        ("2026-11-01T06:30:00", "2026-11-01 01:30:00", "2026-11-01"),
    ],
)
def test_local_time_is_defined_when_clocks_change(lake, run, utc, local, date):
    lake.deliver("order_items", "f", [item("o1", "l1", utc)])
    run()
    found = columns_of(lake.store, "order_items", "ordered_at_local", "ordered_at")
    assert found == [(date, local, utc.replace("T", " "))]


def test_the_business_day_begins_by_the_clock_also_on_the_day_that_skips_an_hour(lake, run):
    """Clocks go from 02:00 to 03:00: 03:00 on the clock is 2 hours, not 3, after midnight."""
    rows = [item("o1", "l1", "2026-03-08T06:59:59"), item("o2", "l1", "2026-03-08T07:00:00")]
    lake.deliver("order_items", "f", rows)
    run(NormalizeSettings("America/New_York", business_day_start_hour=3))
    assert lines(lake) == [
        ("2026-03-07", "o1", "l1", "10.0000"),
        ("2026-03-08", "o2", "l1", "10.0000"),
    ]


def test_a_restaurant_without_a_known_time_zone_takes_the_default_and_is_reported(lake, run):
    places = [{"restaurant_id": "r2"}, {"restaurant_id": "r3", "timezone": "Mars/Olympus"}]
    lake.deliver("restaurants", "r", places)
    rows = [item(f"o{n}", "l1", "2026-01-03T04:00:00", restaurant_id=f"r{n}") for n in (1, 2, 3)]
    lake.deliver("order_items", "f", rows)
    done = run()
    assert done.restaurants_without_timezone == ["r1", "r2", "r3"]
    assert done.unknown_timezones == {"r3": "Mars/Olympus"}
    assert {date for date, *_ in lines(lake)} == {JAN_2}


def test_a_restaurant_that_gets_another_time_zone_moves_its_orders_only(lake, run):
    at = "2026-01-03T04:00:00"
    rows = [item("o1", "l1", at), item("o2", "l1", at, restaurant_id="r2")]
    lake.deliver("order_items", "f", rows)
    lake.deliver("order_item_options", "p", [option("o1", "l1")])
    run()
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "timezone": "UTC"}])
    assert run().mode == "incremental"
    assert lines(lake) == [(JAN_2, "o2", "l1", "10.0000"), (JAN_3, "o1", "l1", "10.0000")]
    assert options(lake) == [(JAN_3, "o1", "l1", "1.0000")]


def test_the_latest_delivery_of_a_restaurant_wins(lake, run):
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "city": "Bonn"}], DAY_1)
    lake.deliver("restaurants", "s", [{"restaurant_id": "r1", "city": "Berlin"}], DAY_2)
    run()
    (row,) = rows_of(lake.store, "restaurants")
    assert "'city': 'Berlin'" in row


def test_an_option_stands_in_the_date_of_its_line(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l1")])
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), (JAN_2, "o1", "l1", "1.0000")]


def test_options_wait_for_their_line_and_are_released_however_late(lake, run):
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o2", "l1", "2.00")])
    run()
    assert {place for place, *_ in options(lake)} == {"pending"}
    lake.deliver("order_items", "x", [item("o9", "l1")], DAY_1)
    run()
    assert {place for place, *_ in options(lake)} == {"pending"}
    lake.deliver("order_items", "f", [item("o1", "l1")], "2026-06-30T06:00:00")
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), ("pending", "o2", "l1", "2.0000")]


def test_an_option_waits_for_its_line_when_the_order_has_only_other_lines(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l2", "2.00")])
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), ("pending", "o1", "l2", "2.0000")]
    lake.deliver("order_items", "g", [item("o1", "l2")])
    run()
    assert options(lake) == [(JAN_2, "o1", "l1", "1.0000"), (JAN_2, "o1", "l2", "2.0000")]


def test_an_option_goes_on_waiting_when_another_order_touches_the_date_of_its_order(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l2")])
    run()
    lake.deliver("order_items", "g", [item("o2", "l1")])
    run()
    assert options(lake) == [("pending", "o1", "l2", "1.0000")]


def test_options_of_a_line_that_disappears_wait_again(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1")], DAY_1)
    lake.deliver("order_item_options", "p", [option("o1", "l1")])
    run()
    lake.deliver("order_items", "f", [item("o2", "l1")], DAY_2)
    run()
    assert options(lake) == [("pending", "o1", "l1", "1.0000")]


def test_a_redelivered_orders_options_are_replaced_as_a_set(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o1", "l2")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l2")], DAY_1)
    run()
    lake.deliver("order_item_options", "q", [option("o1", "l1", "3.00")], DAY_2)
    assert run().superseded["order_item_options"] == 2
    assert options(lake) == [(JAN_2, "o1", "l1", "3.0000")]


def test_replaced_options_come_back_when_the_replacing_file_is_corrected(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o1", "l9")], DAY_1)
    lake.deliver("order_item_options", "q", [option("o1", "l1", "3.00")], DAY_2)
    run()
    lake.deliver("order_item_options", "q", [option("o7", "l1", "4.00")], DAY_3)
    run()
    assert options(lake) == [
        (JAN_2, "o1", "l1", "1.0000"),
        ("pending", "o1", "l9", "1.0000"),
        ("pending", "o7", "l1", "4.0000"),
    ]


def test_rows_of_withdrawn_files_are_kept_or_retracted_by_a_setting(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.deliver("order_items", "g", [item("o2", "l1")], DAY_1)
    lake.withdraw("f", DAY_2)
    run()
    assert len(lines(lake)) == 2
    retract = NormalizeSettings("America/New_York", withdrawn="retract")
    assert run(retract).states == {"live": 1, "withdrawn": 1}
    assert lines(lake) == [(JAN_2, "o2", "l1", "10.0000")]


def test_a_file_that_is_withdrawn_and_delivered_again_counts_again(lake, run):
    retract = NormalizeSettings("America/New_York", withdrawn="retract")
    lake.deliver("order_items", "f", [item("o1", "l1")], DAY_1)
    lake.withdraw("f", DAY_2)
    run(retract)
    assert lines(lake) == []
    lake.deliver("order_items", "f", [item("o1", "l1", item_price="9.00")], DAY_3)
    run(retract)
    assert lines(lake) == [(JAN_2, "o1", "l1", "9.0000")]


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
    assert run().mode == "unchanged"
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
