"""From settings to the order book: visits, baskets, refund tickets and test traffic, in order."""

import numpy as np

from demo.baskets import Baskets, fill_baskets
from demo.clock import DAY, read_clock, start_of
from demo.customers import Customers, invite_customers
from demo.orders import GUEST, TEST_APP, OrderBook, start_ranges
from demo.restaurants import Restaurant, open_restaurants
from demo.settings import FranchiseSettings
from demo.visits import Visits, draw_visits

REFUND_SHARE, TEST_SHARE, MOBILE_SHARE = 0.006, 0.004, 0.3
FORGOTTEN_CARD_SHARE = 0.08


def write_order_book(
    settings: FranchiseSettings,
) -> tuple[list[Restaurant], Customers, OrderBook]:
    """Restaurants, customers and everything that they ordered."""
    restaurants = open_restaurants(settings)
    days = np.array([settings.days - r.opened - len(r.closed) for r in restaurants])
    people = invite_customers(settings, restaurants, days)
    visits = draw_visits(settings, restaurants, people)
    rng = np.random.default_rng([settings.seed, 5])
    guest = visits.customer == GUEST
    member = ~guest & (visits.day >= people.join[visits.customer])
    member &= rng.random(len(member)) >= FORGOTTEN_CARD_SHARE
    app = (rng.random(len(member)) < MOBILE_SHARE).astype(np.int64)
    app[guest & (rng.random(len(member)) < TEST_SHARE / 0.12)] = TEST_APP
    baskets = fill_baskets(settings, restaurants, people, visits, member)
    refunds = _issue_refunds(rng, settings, restaurants, visits, baskets, app)
    return restaurants, people, _bind(settings, visits, baskets, member, app, refunds)


def _issue_refunds(
    rng: np.random.Generator,
    settings: FranchiseSettings,
    restaurants: list[Restaurant],
    visits: Visits,
    baskets: Baskets,
    app: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(visit, line, UTC ms, day) per refund ticket: one paid line is given back within 3 days."""
    lucky = (rng.random(len(baskets.line_visit)) < REFUND_SHARE / 1.55) & (baskets.line_cents > 0)
    line = np.flatnonzero(lucky & (app[baskets.line_visit] != TEST_APP))
    visit = baskets.line_visit[line]
    at = visits.at[visit] + rng.integers(DAY // 24, 3 * DAY, len(line))
    day = np.empty(len(line), dtype=np.int64)
    origin = start_of(settings.first_day)
    for restaurant in restaurants:
        here = visits.restaurant[visit] == restaurant.number
        clock = read_clock(restaurant.timezone, settings.first_day, settings.last_day)
        day[here] = (clock.to_local(at[here]) - origin) // DAY
        closed = np.isin(day, sorted(restaurant.closed)) & here
        day[closed] = settings.days  # dropped below: nobody is there to give the money back
    kept = day < settings.days
    return visit[kept], line[kept], at[kept], day[kept]


def _bind(
    settings: FranchiseSettings,
    visits: Visits,
    baskets: Baskets,
    member: np.ndarray,
    app: np.ndarray,
    refunds: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> OrderBook:
    """Append the refund tickets, then put orders, lines and options into their order."""
    again, refunded, refund_at, refund_day = refunds
    visit = np.concatenate([np.arange(len(visits.at)), again])
    at = np.concatenate([visits.at, refund_at])
    day = np.concatenate([visits.day, refund_day])
    place = visits.restaurant[visit]
    orders = np.lexsort((at, day, place))
    tickets = len(visits.at) + np.arange(len(again))
    line_order = _rank(orders)[np.concatenate([baskets.line_visit, tickets])]
    lines = np.argsort(line_order, kind="stable")
    line_order = line_order[lines]
    option_line = _rank(lines)[baskets.option_line]
    options = np.argsort(option_line, kind="stable")
    delay = np.append(baskets.line_delay, np.zeros(len(again), dtype=np.int64))[lines]
    return OrderBook(
        order_restaurant=place[orders].astype(np.int16),
        order_day=day[orders].astype(np.int32),
        order_at=at[orders],
        order_customer=visits.customer[visit][orders].astype(np.int32),
        order_member=member[visit][orders],
        order_app=app[visit][orders].astype(np.int8),
        order_line=start_ranges(line_order, len(orders)),
        line_order=line_order.astype(np.int32),
        line_item=np.append(baskets.line_item, baskets.line_item[refunded])[lines].astype(np.int16),
        line_cents=np.append(baskets.line_cents, -baskets.line_cents[refunded])[lines],
        line_quantity=np.append(baskets.line_quantity, baskets.line_quantity[refunded])[lines],
        line_at=at[orders][line_order] + delay,
        line_option=start_ranges(option_line[options], len(lines)),
        option_line=option_line[options].astype(np.int32),
        option_choice=baskets.option_choice[options].astype(np.int16),
        option_cents=baskets.option_cents[options],
        option_quantity=baskets.option_quantity[options],
        order_key=(place * settings.days + day)[orders],
        days=settings.days,
    )


def _rank(order: np.ndarray) -> np.ndarray:
    """Where each element goes when `order` sorts them."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank
