"""In which business date an order stands, by its restaurant's clock."""

import pytest

from emr_staging.errors import NormalizeError
from emr_staging.normalize import NormalizeSettings
from emr_staging.state import State
from tests.emr_staging.lakes import columns_of, item, lines, option, options

JAN_2, JAN_3 = "2026-01-02", "2026-01-03"
DAY_1, DAY_2 = "2026-01-03T06:00:00", "2026-01-04T06:00:00"
NOON_3, NOON_4 = "2026-01-03T17:00:00", "2026-01-04T17:00:00"


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


def test_an_order_across_the_days_cut_stays_whole_on_the_day_of_its_first_line(lake, run):
    """The cut is midnight in New York, 05:00 UTC."""
    rows = [item("o1", "l1", "2026-01-03T04:59:00"), item("o1", "l2", "2026-01-03T05:01:00")]
    lake.deliver("order_items", "f", rows)
    run()
    assert lines(lake) == [(JAN_2, "o1", "l1", "10.0000"), (JAN_2, "o1", "l2", "10.0000")]


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
    written = State(lake.store).run(done.run_id)
    assert written["restaurants_without_timezone"] == ["r1", "r2", "r3"]
    assert written["unknown_timezones"] == {"r3": "Mars/Olympus"}


def test_names_of_clocks_that_are_no_place_and_zones_that_the_engine_refuses_are_unknown(
    lake, run, monkeypatch
):
    """`Moon/Sea` stands for a zone that is newer than the engine's tables."""
    known = "emr_staging.restaurants.TIME_ZONES"
    monkeypatch.setattr(known, frozenset({"Moon/Sea", "Asia/Tokyo", "America/New_York"}))
    wrong = {"r1": "Factory", "r2": "localtime", "r3": "Moon/Sea"}
    places = [
        {"restaurant_id": r, "timezone": z} for r, z in (wrong | {"r4": "Asia/Tokyo"}).items()
    ]
    lake.deliver("restaurants", "r", places)
    rows = [item(f"o{n}", "l1", "2026-01-03T04:00:00", restaurant_id=f"r{n}") for n in (1, 2, 3, 4)]
    lake.deliver("order_items", "f", rows)
    assert run().unknown_timezones == wrong
    dates = {order: date for date, order, *_ in lines(lake)}
    assert dates == {"o1": JAN_2, "o2": JAN_2, "o3": JAN_2, "o4": JAN_3}


@pytest.mark.parametrize("zone", ["Factory", "localtime", "Mars/Olympus"])
def test_a_default_that_is_no_time_zone_of_a_place_is_refused(zone):
    with pytest.raises(NormalizeError, match=f"default_timezone '{zone}' is no IANA time zone"):
        NormalizeSettings(zone)


def test_a_default_that_the_engine_refuses_stops_the_run(lake, run, monkeypatch):
    monkeypatch.setattr("emr_staging.settings.TIME_ZONES", frozenset({"Moon/Sea"}))
    lake.deliver("order_items", "f", [item("o1", "l1")])
    with pytest.raises(NormalizeError, match="default_timezone 'Moon/Sea' is unknown to the engin"):
        run(NormalizeSettings("Moon/Sea"))


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
