"""Marts against the oracle on random orders: ties, refunds, guests, switchers, settings."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from orchestration.settings import effective
from tests.oracle.facts import Facts
from tests.oracle.marts import MARTS
from tests.oracle.rows import differences, read_mart
from tests.oracle.warehouse import build_models, fill, frames

DAYS = 450
CENTS = st.integers(0, 3000).map(lambda cents: Decimal(cents).scaleb(-2))
PRICES = st.one_of(
    CENTS, st.sampled_from(["0", "0", "10", "10", "-10", "-0.05", "0.0001", "1234567.8901"])
)
QUANTITIES = st.sampled_from([1, 1, 1, 1, 2, 3, 8, 0, -1])
OPTION_PRICES = st.sampled_from(["0", "0.50", "0.50", "1.25", "-1", "-0.3333"])
USERS = st.sampled_from([*"abcdefgh", " a ", "", " ", None])
CATEGORIES = st.sampled_from(["Pizza", " Pizza", "Drinks", "", None])
# two customers in three order on few days, so that days, weeks and gaps repeat
DAY_NUMBERS = st.one_of(
    st.sampled_from([0, 11, 12, 180, 270, 359, 360, 404, 405, DAYS]), st.integers(0, DAYS)
)
SETTINGS = st.fixed_dictionaries(
    {
        "item_price_basis": st.sampled_from(["line", "unit"]),
        "options_per_unit": st.booleans(),
        "excluded_apps": st.sampled_from([[], ["test"]]),
        "as_of_date": st.sampled_from(["", "2025-12-31", "2026-02-28"]),
        "week_start": st.integers(1, 7),
        "exclude_non_individuals": st.booleans(),
        "non_individual_lines": st.just(40),
        "non_individual_orders_per_day": st.just(4),
        "r_breaks": st.sampled_from([[], [7, 30, 90, 180]]),
        "f_breaks": st.sampled_from([[], [2, 3, 5, 8]]),
        "m_breaks": st.sampled_from([[], [1, 20, 50.5, 100]]),
        "new_segment_max_tenure_days": st.sampled_from([0, 100]),
        "period_length_days": st.sampled_from([30, 7]),
        "loyalty_window_days": st.sampled_from([90, 20]),
        "discount_window_days": st.sampled_from([30, 7]),
        "second_order_window_days": st.sampled_from([90, 10]),
        "comparable_months": st.sampled_from([13, 12]),
    }
)
LINE = st.tuples(USERS, PRICES, QUANTITIES, CATEGORIES, st.booleans(), st.integers(0, 2))
OPTION = st.tuples(OPTION_PRICES, st.sampled_from([1, 1, 2, -1]))
ORDER = st.tuples(
    USERS,
    DAY_NUMBERS,
    st.integers(0, 23),
    st.sampled_from(["north", "south", "west"]),
    st.sampled_from(["kiosk", "kiosk", "test", None]),
    st.lists(LINE, min_size=1, max_size=3),
    st.lists(OPTION, max_size=2),
)


GENERATE = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
random_orders = given(orders=st.lists(ORDER, min_size=60, max_size=160), changed=SETTINGS)


@settings(GENERATE, max_examples=2)
@random_orders
def test_every_mart_equals_the_oracle_on_random_orders(tmp_path_factory, orders, changed):
    assert what_differs(tmp_path_factory.mktemp("random"), orders, changed) == {}


@pytest.mark.long
@settings(GENERATE, max_examples=100, derandomize=False, print_blob=True)
@random_orders
def test_every_mart_equals_the_oracle_on_a_hundred_sets_of_other_orders(
    tmp_path_factory, orders, changed
):
    assert what_differs(tmp_path_factory.mktemp("random"), orders, changed) == {}


def what_differs(folder: Path, orders: list[tuple], changed: dict[str, Any]) -> dict[str, list]:
    """Per mart, what differs between dbt's rows and the oracle's; empty when all are equal."""
    lines, options = frames(orders)
    fill(folder / "warehouse.duckdb", lines, options)
    build_models(folder / "warehouse.duckdb", changed)
    facts = Facts(lines, options, effective(changed))
    found = {
        mart: differences(read_mart(folder / "warehouse.duckdb", mart), recompute(facts), key)
        for mart, (key, recompute) in MARTS.items()
    }
    return {mart: what[:3] for mart, what in found.items() if what}
