"""Franchises of three sizes, and one order book written by hand."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from demo.content import Source
from demo.franchise import simulate
from demo.orders import OrderBook, start_ranges
from demo.restaurants import Restaurant
from demo.rows import Names
from demo.settings import FranchiseSettings


@pytest.fixture(scope="session")
def small():
    """Six restaurants, ten weeks, with all that operators do to files."""
    return simulate(FranchiseSettings(restaurants=6, days=70, opened_share=0.5, seed=3))


@pytest.fixture(scope="session")
def default():
    """The franchise of `make demo`."""
    return simulate()


def _at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.fixture
def by_hand():
    """Two days of two restaurants: day 0 is 2026-03-01, day 1 is 2026-03-02.

    order 0, New York, day 0: customer 0, two lines 10.00 + 5.00, option +1.00 x 2, discount -3.00
    order 1, New York, day 1: refund ticket of customer 0, one line -5.00
    order 2, Los Angeles, day 0 (07:30 UTC of 2 March is 23:30 of 1 March): guest, one line 7.50
    """
    settings = FranchiseSettings(restaurants=2, days=2, last_day=date(2026, 3, 2), dirty=False)
    restaurants = [
        Restaurant(0, "ny", "NY", "ny", "America/New_York", "NY", "East", 0, 1.0, 0, frozenset()),
        Restaurant(
            1, "la", "LA", "la", "America/Los_Angeles", "LA", "West", 0, 1.0, 0, frozenset()
        ),
    ]
    line_order = np.array([0, 0, 1, 2])
    option_line = np.array([0, 1])
    order_at = [_at("2026-03-01T17:00:00"), _at("2026-03-02T18:00:00"), _at("2026-03-02T07:30:00")]
    book = OrderBook(
        order_restaurant=np.array([0, 0, 1]),
        order_day=np.array([0, 1, 0]),
        order_at=np.array(order_at),
        order_customer=np.array([0, 0, -1]),
        order_member=np.array([True, False, False]),
        order_app=np.array([0, 0, 1]),
        order_line=start_ranges(line_order, 3),
        line_order=line_order,
        line_item=np.array([13, 20, 20, 6]),
        line_cents=np.array([1000, 500, -500, 750]),
        line_quantity=np.array([1, 1, 1, 2]),
        line_at=np.array(order_at)[line_order],
        line_option=start_ranges(option_line, 4),
        option_line=option_line,
        option_choice=np.array([1, 20]),
        option_cents=np.array([100, -300]),
        option_quantity=np.array([2, 1]),
        order_key=np.array([0, 1, 2]),
        days=2,
    )
    return Source(settings, restaurants, book, Names(restaurants, ["anna"], ["000012345678"]))
