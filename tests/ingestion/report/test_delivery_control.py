"""Which restaurant's day has come, late or not at all, again or changed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ingestion.delivery_control import (
    DeliveryRules,
    control_deliveries,
    read_ledgers,
)

NOON = datetime(2024, 3, 4, 17, tzinfo=UTC)  # 12:00 in New York
RULES = DeliveryRules(
    deadline=timedelta(hours=32),
    start_hour=4,
    default_timezone="America/New_York",
    timezones={"LA": "America/Los_Angeles"},
)


def ledger(path, received, first, last=None, restaurants=("NY",), **changed):
    """A cleaned order_items file; times are UTC."""
    moments = {
        "modified_at": received,
        "first_created_at": first,
        "last_created_at": last or first,
    }
    facts = {
        "landing_id": path + received,
        "file_id": path,
        "sha256": path,
        "path": path,
        "entity": "order_items",
        "status": "loaded",
        "restaurants": list(restaurants),
    }
    times = {name: text and f"{text}:00.000000Z" for name, text in moments.items()}
    return facts | times | changed


FRIDAY = ledger("ny/01.csv", "2024-03-02T10:00", "2024-03-01T12:00", "2024-03-02T03:30")


def states(*ledgers, rules=RULES, **options):
    """(restaurant, day of March, state) of every expected day."""
    found = control_deliveries(ledgers, rules, NOON, **options)
    return [(s.restaurant_id, s.business_date.day, s.state) for s in found]


def test_a_day_that_came_before_it_was_due_is_on_time():
    assert states(FRIDAY)[0] == ("NY", 1, "on_time")


def test_a_calendar_speaks_for_no_day():
    calendar = ledger("ny/date_dim.csv", "2024-03-03T10:00", None, None, restaurants=())
    calendar |= {"entity": None, "status": "not_needed"}
    assert states(FRIDAY, calendar) == states(FRIDAY)


def test_a_day_after_which_nothing_came_is_missing_once_it_is_due():
    # business date 2 ends on the 3rd at 9:00 UTC and is due at 17:00; date 3 is due now, not past
    assert states(FRIDAY) == [("NY", 1, "on_time"), ("NY", 2, "missing"), ("NY", 3, "open")]


def test_a_day_that_came_after_it_was_due_is_late():
    late = FRIDAY | {"modified_at": "2024-03-02T17:00:01.000000Z"}
    (status, *_) = control_deliveries([late], RULES, NOON)
    assert (status.state, status.due_at) == ("late", datetime(2024, 3, 2, 17, tzinfo=UTC))


def test_the_clock_of_the_restaurant_counts():
    # 11:30 UTC of the 2nd is 3:30 in Los Angeles: still the business date of the 1st
    west = ledger("la/1.csv", "2024-03-02T19:00", "2024-03-02T11:30", restaurants=["LA"])
    assert states(west)[0] == ("LA", 1, "on_time")


def test_a_monthly_file_stands_for_all_its_days():
    month = ledger("ny/feb.csv", "2024-03-01T10:00", "2024-02-27T12:00", "2024-02-29T20:00")
    assert [day for _, day, state in states(month) if state != "missing"][:3] == [27, 28, 29]


def test_a_monthly_file_is_due_once_after_its_last_day():
    month = ledger("ny/feb.csv", "2024-03-01T16:59", "2024-02-27T12:00", "2024-02-29T20:00")
    assert states(month)[:3] == [
        ("NY", 27, "on_time"),
        ("NY", 28, "on_time"),
        ("NY", 29, "on_time"),
    ]
    late = month | {"modified_at": "2024-03-01T17:01:00.000000Z"}
    assert [state for _, _, state in states(late)[:3]] == ["late", "late", "late"]


def spans(*moments):
    """Spans of a ledger: (first, last) in UTC."""
    return [[f"{moment}:00.000000Z" for moment in pair] for pair in moments]


def test_a_stray_old_line_is_no_delivery_of_the_days_since():
    old = ("2024-02-02T12:00", "2024-02-02T12:00")
    stray = FRIDAY | {"spans": spans(old, ("2024-03-01T12:00", "2024-03-02T03:30"))}
    found = [state for _, _, state in states(stray)]
    # the 2nd of February, which came a month late, the 28 days from then on, March 1 to 3
    assert found == ["late"] + ["missing"] * 27 + ["on_time", "missing", "open"]


def test_up_to_two_days_of_rest_in_a_row_stand_in_a_longer_file():
    rest = ("2024-02-26T20:00", "2024-02-26T20:00"), ("2024-02-29T12:00", "2024-02-29T20:00")
    file = ledger("ny/feb.csv", "2024-03-01T10:00", None, spans=spans(*rest))
    assert states(file)[:4] == [("NY", day, "on_time") for day in (26, 27, 28, 29)]
    longer = ("2024-02-25T20:00", "2024-02-25T20:00"), rest[1]
    found = states(file | {"spans": spans(*longer)})
    assert [state for _, _, state in found[:5]] == ["late", *["missing"] * 3, "on_time"]


def test_only_the_latest_revision_of_a_file_makes_a_day_on_time():
    broken = FRIDAY | {
        "landing_id": "x",
        "sha256": "y",
        "modified_at": "2024-03-02T11:00:00.000000Z",
    }
    broken |= {"status": "quarantined", "first_created_at": None, "last_created_at": None}
    assert states(FRIDAY, broken)[0] == ("NY", 1, "held")
    mended = broken | {"landing_id": "z", "modified_at": "2024-03-04T11:00:00.000000Z"}
    mended |= {"status": "loaded", "first_created_at": "2024-03-03T12:00:00.000000Z"}
    mended |= {"last_created_at": "2024-03-03T12:00:00.000000Z"}
    assert states(FRIDAY, broken, mended) == [("NY", 3, "on_time")]


def revision(received, *days, **changed):
    """One revision of ny/march.csv, which has rows at noon of some days of March."""
    noons = spans(*[(f"2024-03-{day:02}T17:00", f"2024-03-{day:02}T17:00") for day in days])
    times = {"landing_id": received, "sha256": received, "spans": noons}
    return ledger("ny/march.csv", received, None) | times | changed


def march(*ledgers, rules=RULES):
    """State of each day of March that is past its deadline on the 12th."""
    found = control_deliveries(ledgers, rules, datetime(2024, 3, 12, tzinfo=UTC))
    return {s.business_date.day: s.state for s in found if s.state not in ("missing", "open")}


def test_a_day_that_a_file_gets_later_came_with_the_revision_that_brought_it():
    first, grown = revision("2024-03-02T10:00", 1), revision("2024-03-11T10:00", 1, 6)
    assert march(first, grown) == {1: "on_time", 6: "late"}


def test_every_day_of_a_file_that_grows_day_after_day_is_due_by_itself():
    daily = [revision(f"2024-03-0{day + 1}T10:00", *range(1, day + 1)) for day in (1, 2, 3)]
    assert march(*daily) == {1: "on_time", 2: "on_time", 3: "on_time"}
    assert march(*daily[:2], revision("2024-03-06T10:00", 1, 2, 3)) == {
        **{1: "on_time", 2: "on_time"},
        3: "late",
    }


def test_days_that_a_revision_adds_together_are_due_once_after_the_last_of_them():
    first, grown = revision("2024-03-02T10:00", 1), revision("2024-03-05T10:00", 1, 2, 4)
    # the 3rd is a day of rest; by itself the 2nd was due on the 3rd of March
    assert march(first, grown) == dict.fromkeys((1, 2, 3, 4), "on_time")


def test_a_day_that_came_late_is_not_made_good_by_days_that_are_added_behind_it():
    late, grown = revision("2024-03-04T10:00", 1), revision("2024-03-05T10:00", 1, 2, 3, 4)
    assert march(late, grown) == {1: "late", 2: "on_time", 3: "on_time", 4: "on_time"}


def test_a_day_that_a_file_lost_is_missing_and_counts_again_when_it_is_back():
    first, without = revision("2024-03-02T10:00", 1), revision("2024-03-08T10:00", 6)
    assert march(first, without) == {6: "late"}
    assert march(first, without, revision("2024-03-09T10:00", 1, 6)) == {1: "on_time", 6: "late"}


def test_a_revision_that_is_refused_changes_nothing_about_those_around_it():
    refused = revision("2024-03-04T10:00", restaurants=[], status="quarantined")
    first, mended = revision("2024-03-02T10:00", 1), revision("2024-03-05T10:00", 1, 2)
    assert march(first, refused, mended) == {1: "on_time", 2: "late"}
    # while it is the latest one, the file speaks for the day before it came, and holds it back
    assert march(first, refused) == {3: "held"}


def test_days_of_a_file_that_its_operator_took_away_are_missing():
    refused = revision("2024-03-04T10:00", restaurants=[], status="quarantined")
    first = revision("2024-03-02T10:00", 1)
    other = FRIDAY | {"spans": spans(("2024-03-05T17:00", "2024-03-05T17:00"))}
    rules = replace(RULES, withdrawn=frozenset({refused["landing_id"]}))
    assert march(other, first, refused) == {3: "held", 5: "on_time"}
    assert march(other, first, refused, rules=rules) == {5: "on_time"}


def test_a_file_that_was_corrected_into_another_kind_speaks_for_no_day():
    options = revision("2024-03-03T10:00", 1, entity="order_item_options")
    assert march(revision("2024-03-02T10:00", 1), options) == {}


def test_a_file_without_rows_is_a_closed_day():
    closed = ledger("ny/02.csv", "2024-03-03T10:00", None, restaurants=[])
    assert states(FRIDAY, closed)[1] == ("NY", 2, "on_time")


def test_a_day_of_which_everything_is_held_back_is_held():
    held = ledger("ny/02.csv", "2024-03-03T10:00", None, restaurants=[], status="quarantined")
    assert states(FRIDAY, held | {"entity": None})[1] == ("NY", 2, "held")


def test_the_same_bytes_twice_are_resent():
    again = FRIDAY | {"file_id": "copy", "landing_id": "x", "path": "ny/01 (1).csv"}
    (status, *_) = control_deliveries([FRIDAY, again], RULES, NOON)
    assert (status.resent, status.changed) == (True, False)
    assert status.files == ("ny/01.csv", "ny/01 (1).csv")


def test_other_bytes_of_the_same_file_are_a_change():
    corrected = FRIDAY | {"sha256": "other", "landing_id": "x"}
    (status, *_) = control_deliveries([FRIDAY, corrected], RULES, NOON)
    assert (status.resent, status.changed) == (False, True)


def test_a_late_correction_does_not_make_a_day_late():
    corrected = FRIDAY | {"sha256": "b", "landing_id": "x"}
    corrected["modified_at"] = "2024-03-03T20:00:00.000000Z"
    assert states(corrected, FRIDAY)[0] == ("NY", 1, "on_time")


def test_a_file_of_several_restaurants_stands_for_each():
    both = ledger("all.csv", "2024-03-02T10:00", "2024-03-01T15:00", restaurants=["LA", "NY"])
    assert [s[:2] for s in states(both) if s[2] == "on_time"] == [("LA", 1), ("NY", 1)]


def test_a_day_may_be_excused():
    rules = replace(RULES, is_expected=lambda restaurant, day: day.day != 2)
    assert [day for _, day, _ in states(FRIDAY, rules=rules)] == [1, 3]


def test_only_the_days_asked_for_are_told():
    assert states(FRIDAY, since=date(2024, 3, 3)) == [("NY", 3, "open")]


def test_files_of_unknown_folders_and_other_kinds_are_no_order_days():
    unknown = ledger("x/1.csv", "2024-03-02T10:00", None, restaurants=[], status="quarantined")
    options = FRIDAY | {"entity": "order_item_options", "restaurants": ["R9"]}
    assert states(unknown, options) == []


@pytest.mark.parametrize(("hour", "state"), [("16:59", "open"), ("17:01", "missing")])
def test_a_day_is_missing_from_the_minute_it_was_due(hour, state):
    now = datetime.fromisoformat(f"2024-03-03T{hour}:00+00:00")
    assert control_deliveries([FRIDAY], RULES, now)[-1].state == state


def test_a_lake_is_controlled_by_its_own_ledgers(lake):
    lake.clean(lake.items(lake.item()), name="boston/items.csv")
    now = datetime(2024, 3, 2, 12, tzinfo=UTC)
    found = control_deliveries(read_ledgers(lake.store), RULES, now)
    assert [(s.restaurant_id, s.business_date, s.state) for s in found] == [
        ("R1", date(2024, 3, 1), "on_time")
    ]


def test_a_restaurant_that_never_delivered_is_expected_since_it_opened():
    rules = replace(RULES, opened={"LA": date(2024, 3, 2), "NY": date(2019, 1, 1)})
    assert states(FRIDAY, rules=rules) == [
        ("LA", 2, "missing"),  # due at 12:00 of the 3rd in Los Angeles
        ("LA", 3, "open"),
        ("NY", 1, "on_time"),  # what came before the first delivery was never asked for
        ("NY", 2, "missing"),
        ("NY", 3, "open"),
    ]


def test_nobody_is_expected_before_anybody_has_delivered():
    rules = replace(RULES, opened={"LA": date(2019, 1, 1), "SF": date(2024, 4, 1)})
    assert states(FRIDAY, rules=rules)[0] == ("LA", 1, "missing")
    assert states(rules=rules) == []
    assert not [s for s in states(FRIDAY, rules=rules) if s[0] == "SF"]


def test_a_file_of_sixty_restaurants_stands_for_all_of_them(lake):
    lines = [lake.item(RESTAURANT_ID=f"R{n:02d}", LINEITEM_ID=f"L{n}") for n in range(60)]
    ledger = lake.clean(lake.items(*lines), name="franchise.csv")
    assert len(ledger["restaurants"]) == 60
    found = control_deliveries([ledger], RULES, datetime(2024, 3, 2, 12, tzinfo=UTC))
    assert {s.state for s in found} == {"on_time"}
    assert len(found) == 60
