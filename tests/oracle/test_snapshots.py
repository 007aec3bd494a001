"""Tiers and segments in time: what each run recorded is what was known on its day, and stays so."""

import random
from collections import Counter
from datetime import date, timedelta

import duckdb
import pytest

from orchestration.settings import effective
from tests.oracle.customers import customer_clv, customer_rfm
from tests.oracle.facts import Facts
from tests.oracle.rows import read_mart
from tests.oracle.warehouse import FIRST_DAY, build_models, fill, frames

pytestmark = pytest.mark.long  # in small: tests/dbt_project/test_snapshots.py

JANUARY, FEBRUARY, MARCH = date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 31)


def orders(count, days):
    """Random orders of 15 customers, some more faithful than others, without options."""
    draw = random.Random(11)
    return [
        (
            f"c{min(draw.randrange(15), draw.randrange(15))}",
            draw.randrange(days),
            12,
            "north",
            None,
            [(None, draw.choice(["4", "9.50", "20"]), 1, "Pizza", False, 0)],
            [],
        )
        for _ in range(count)
    ]


LATE_DAY = (FEBRUARY - FIRST_DAY).days
LATE = [("c14", LATE_DAY, 12, "north", None, [(None, "90", 1, "", False, 0)], [])]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A warehouse after five runs: January, February, February again with late orders, a day in
    January long recorded, and March; and the facts that were known at each month's end."""
    warehouse = tmp_path_factory.mktemp("snapshots") / "warehouse.duckdb"
    early, late = frames(orders(130, 110)), frames(orders(130, 110) + LATE * 3)
    known = {}
    for day, (lines, options) in (
        (JANUARY, early),
        (FEBRUARY, early),
        (FEBRUARY, late),
        (JANUARY - timedelta(days=11), late),
        (MARCH, late),
    ):
        fill(warehouse, lines, options)
        settings = {"as_of_date": day.isoformat()}
        build_models(warehouse, settings, "+rfm_migration", "+customer_clv_tiers")
        known[day] = Facts(lines, options, effective(settings))
    return warehouse, known


def states(warehouse, snapshot, column, day):
    query = (
        f"select customer_id, {column} from snapshots.{snapshot} "
        "where dbt_valid_from <= $1 and (dbt_valid_to is null or dbt_valid_to > $1)"
    )
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return sorted(connection.execute(query, [day]).fetchall())


@pytest.mark.parametrize("day", [JANUARY, FEBRUARY, MARCH], ids=str)
def test_the_segment_of_a_day_is_the_one_known_on_that_day(recorded, day):
    warehouse, known = recorded
    expected = [(row["customer_id"], row["rfm_segment"]) for row in customer_rfm(known[day])]
    assert states(warehouse, "customer_rfm_segments", "rfm_segment", day) == sorted(expected)


@pytest.mark.parametrize("day", [JANUARY, FEBRUARY, MARCH], ids=str)
def test_the_tier_of_a_day_is_the_one_known_on_that_day(recorded, day):
    warehouse, known = recorded
    expected = [(row["customer_id"], row["clv_tier"]) for row in customer_clv(known[day])]
    assert states(warehouse, "customer_clv_tiers", "clv_tier", day) == sorted(expected)


def test_a_run_over_an_earlier_day_records_nothing(recorded):
    assert states(recorded[0], "customer_rfm_segments", "rfm_segment", date(2025, 1, 20)) == []


def test_migration_counts_the_moves_between_month_ends(recorded):
    warehouse, known = recorded
    ends = [
        {row["customer_id"]: row["rfm_segment"] for row in customer_rfm(known[day])}
        for day in (JANUARY, FEBRUARY, MARCH)
    ]
    moves = Counter(
        (before[customer], after[customer], month)
        for before, after, month in zip(ends, ends[1:], (2, 3), strict=False)
        for customer in before.keys() & after.keys()
    )
    found = {
        (row["from_segment"], row["to_segment"], row["month"].month): row["customers"]
        for row in read_mart(warehouse, "rfm_migration")
    }
    assert found == moves
    assert len(moves) > 5
