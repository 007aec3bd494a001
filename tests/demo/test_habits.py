"""Habits are correlated, so that segments, churn and programmes mean something."""

import numpy as np

from demo.customers import GUEST_SHARE, KINDS
from demo.simulation import write_order_book


def test_orders_per_open_day_and_guests_are_near_the_settings(default):
    book, settings = default.source.book, default.settings
    open_days = sum(settings.days - r.opened for r in default.source.restaurants)
    assert abs(len(book) / open_days / settings.orders_per_day - 1) < 0.1
    guests = (book.order_customer < 0).mean()
    assert abs(guests - GUEST_SHARE) < 0.03


def test_a_member_comes_more_often_and_spends_more_than_others(default):
    book = default.source.book
    net = np.bincount(book.line_order, book.line_cents)
    customers = book.order_customer
    joined = np.unique(customers[book.order_member])
    known = customers >= 0
    by_member = known & np.isin(customers, joined)
    per_member = net[by_member].sum() / len(joined)
    others = np.unique(customers[known & ~by_member])
    per_other = net[known & ~by_member].sum() / len(others)
    assert per_member > 2 * per_other


def test_heavy_customers_stay_longer_than_occasional_ones(default):
    _, people, _ = write_order_book(default.settings)
    stay = people.end - people.start
    heavy, occasional = KINDS.index("heavy"), KINDS.index("occasional")
    assert stay[people.kind == heavy].mean() > 1.5 * stay[people.kind == occasional].mean()


def test_fridays_and_saturdays_are_the_busiest_days(default):
    settings, book = default.settings, default.source.book
    weekday = (settings.first_day.toordinal() - 1 + book.order_day) % 7
    assert set(np.argsort(np.bincount(weekday))[-2:].tolist()) == {4, 5}


def test_breakfast_is_eaten_in_the_morning_of_every_time_zone(default):
    source = default.source
    pancakes = source.book.line_item == 10
    for restaurant in source.restaurants[:3]:
        here = source.book.order_restaurant[source.book.line_order] == restaurant.number
        hours = (source.book.line_at[pancakes & here] // 3_600_000) % 24
        shift = {"America/New_York": 4, "America/Chicago": 5, "America/Los_Angeles": 7}
        local = (hours - shift[restaurant.timezone]) % 24
        assert 6 <= np.median(local) <= 11


def test_some_customers_order_before_and_after_they_join(default):
    book = default.source.book
    members = set(book.order_customer[book.order_member].tolist())
    both = members & set(book.order_customer[~book.order_member].tolist())
    assert len(both) > len(members) / 2


def test_a_refund_gives_back_one_line_of_an_order_of_the_same_customer(default):
    book = default.source.book
    refund = int(np.flatnonzero(book.line_cents < 0)[100])
    customer = book.order_customer[book.line_order[refund]]
    same = (book.order_customer[book.line_order] == customer) & (
        book.line_cents == -book.line_cents[refund]
    )
    assert same.any()
    assert book.line_quantity[refund] > 0
