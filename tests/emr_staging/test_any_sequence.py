"""Any sequence of deliveries, in any order of arrival: incremental = full = a plain model."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from emr_staging.limits import Limits
from emr_staging.normalize import NormalizeSettings, normalize
from tests.emr_staging.conftest import ENGINE
from tests.emr_staging.lakes import HandMadeLake, columns_of, everything, item, option
from tests.emr_staging.model import DEFAULT_ZONE, Delivery, expected_rows

ORDERS = st.sampled_from(["o1", "o2", "o3"])
LINES = st.sampled_from(["l1", "l2"])
PLACES = st.sampled_from(["r1", "r2"])
PRICES = st.sampled_from(["1.0000", "-2.5000", "3.2500"])
ZONES = st.sampled_from(["America/Los_Angeles", "UTC", None])
# Around midnight in New York, in Los Angeles and at UTC, and where clocks change.
MOMENTS = st.sampled_from(
    [f"2026-03-{d}T{t}" for d in ("07", "08", "09") for t in ("04:30:00", "07:30:00", "23:59:59")]
)
DAYS = st.integers(1, 5).map(lambda day: f"2026-03-1{day}T06:00:00")
FILES = st.sampled_from(["f", "g", "h"])


def frozen(row):
    return tuple(sorted(row.items()))


ITEM_ROWS = st.builds(
    lambda o, li, at, r, p: frozen(item(o, li, at, restaurant_id=r, item_price=p)),
    *(ORDERS, LINES, MOMENTS, PLACES, PRICES),
)
OPTION_ROWS = st.builds(lambda o, li, p: frozen(option(o, li, p)), ORDERS, LINES, PRICES)
PLACE_ROWS = st.builds(lambda r, z: frozen({"restaurant_id": r, "timezone": z}), PLACES, ZONES)


def deliveries_of(entity, rows, prefix):
    return st.builds(
        Delivery,
        st.just(entity),
        FILES.map(lambda file: f"{prefix} {file}"),
        DAYS,
        st.lists(rows, min_size=1, max_size=5).map(tuple) | st.just(()),
    )


ITEMS = deliveries_of("order_items", ITEM_ROWS, "items")
OPTIONS = deliveries_of("order_item_options", OPTION_ROWS, "options")
PLACES_FILE = deliveries_of("restaurants", PLACE_ROWS, "places")
UNREADABLE = st.builds(
    lambda file, at: Delivery("order_items", f"items {file}", at, (), False), FILES, DAYS
)
GONE = st.builds(lambda file, at: Delivery("order_items", f"items {file}", at, None), FILES, DAYS)
EVENTS = st.lists(
    st.one_of(ITEMS, ITEMS, ITEMS, OPTIONS, OPTIONS, OPTIONS, PLACES_FILE, UNREADABLE, GONE),
    min_size=6,
    max_size=10,
    unique=True,
)


@st.composite
def stories(draw):
    """(events as they arrive, after which of them a run comes, settings)."""
    events = draw(EVENTS)
    copied = [e for e in events if e.entity == "order_items" and e.rows]
    if copied and draw(st.booleans()):
        again = draw(st.sampled_from(copied))
        events.append(Delivery("order_items", "items copy", draw(DAYS), again.rows))
    runs = draw(st.sets(st.integers(0, len(events) - 2), max_size=4)) | {len(events) - 1}
    policy, hour = draw(st.sampled_from(["keep", "retract"])), draw(st.sampled_from([0, 4]))
    return events, runs, NormalizeSettings(DEFAULT_ZONE, hour, policy)


def tell(spark, lake, events, runs, rules, limits=None):
    """Let the events arrive with runs in between; the landing ids of the deliveries."""
    landings = {}
    for number, event in enumerate(events):
        if event.rows is None:
            lake.withdraw(event.file, event.at)
        else:
            status = "loaded" if event.is_readable else "quarantined"
            rows = [dict(row) for row in event.rows]
            landings[event] = lake.deliver(event.entity, event.file, rows, event.at, status)
        if number in runs:
            normalize(spark, lake.store, f"run{number}", rules, limits=limits)
    return landings


def found_rows(store):
    lines = columns_of(
        store, "order_items", "order_id", "lineitem_id", "item_price", "ordered_at_local"
    )
    options = columns_of(store, "order_item_options", "order_id", "lineitem_id", "option_price")
    found = [(d, "order_items", *rest) for d, *rest in lines]
    return sorted(found + [(d, "order_item_options", *rest, None) for d, *rest in options], key=str)


# As if the lake were huge: batches of one date, a few orders and files at a time, files of one row.
TINY = Limits(
    file_bytes=1, small_files=1, batch_rows=2, part_rows=3, collected_ids=1, bundled_files=1
)


def check_story(spark, story, random):
    events, runs, rules = story
    with tempfile.TemporaryDirectory() as folder:
        lake = HandMadeLake(Path(folder) / "lake")
        landings = tell(spark, lake, events, runs, rules)
        retract, hour = rules.withdrawn == "retract", rules.business_day_start_hour
        assert found_rows(lake.store) == expected_rows(events, landings, retract, hour)
        incremental = everything(lake.store)
        normalize(spark, lake.store, "full", rules, full=True, limits=TINY)
        assert everything(lake.store) == incremental
        other = HandMadeLake(Path(folder) / "other")
        shuffled = random.sample(events, len(events))
        tell(spark, other, shuffled, {0, len(events) // 2, len(events) - 1}, rules, TINY)
        assert everything(other.store) == incremental


QUIET = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@settings(
    max_examples=12 if ENGINE == "sail" else 3, phases=[Phase.generate], derandomize=True, **QUIET
)
@given(story=stories(), random=st.randoms(use_true_random=False))
def test_any_sequence_gives_what_a_rebuild_gives_and_what_the_model_says(spark, story, random):
    check_story(spark, story, random)


@pytest.mark.long
@settings(max_examples=400 if ENGINE == "sail" else 20, **QUIET)
@given(story=stories(), random=st.randoms(use_true_random=False))
def test_many_sequences_give_what_a_rebuild_gives_and_what_the_model_says(spark, story, random):
    check_story(spark, story, random)
