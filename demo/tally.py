"""Totals of what was delivered, by the rules of the metrics: money, business dates, customers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from demo.clock import DAY, read_clock, start_of
from demo.content import Source
from demo.orders import APPS, GUEST, OrderBook
from demo.restaurants import DEFAULT_TIMEZONE
from demo.verdicts import FileTruth

AT_RISK_DAYS = 45


@dataclass(frozen=True)
class Totals:
    """Counts and exact money of some business dates; net = gross - discount - refund."""

    tickets: int
    sale_orders: int
    lines: int
    options: int
    gross: Decimal
    discount: Decimal
    refund: Decimal

    @property
    def net(self) -> Decimal:
        """Revenue."""
        return self.gross - self.discount - self.refund


@dataclass(frozen=True)
class Truth:
    """The whole truth at one moment; `as_of` is the last business date with an order.

    `options` in totals are those with a parent line; the others are pending. `by_restaurant` is by
    RESTAURANT_ID, `by_customer` by USER_ID and holds only customers, who have a sale order;
    `members` of them have one with the loyalty flag, `at_risk` none for more than 45 days.
    `listed` restaurants are those that headquarters knows.
    """

    files: dict[str, FileTruth]
    totals: Totals
    by_date: dict[date, Totals]
    by_restaurant: dict[str, Totals]
    by_customer: dict[str, Totals]
    pending_options: int
    members: int
    at_risk: int
    guest_orders: int
    discounted_orders: int
    listed: int
    as_of: date | None

    @property
    def customers(self) -> int:
        """People with a sale order."""
        return len(self.by_customer)

    @property
    def headline(self) -> dict[str, Decimal | int]:
        """Revenue, sale orders and customers."""
        return {
            "net_revenue": self.totals.net,
            "sale_orders": self.totals.sale_orders,
            "customers": self.customers,
        }


@dataclass
class Delivered:
    """The order book as far as it was delivered; a number of -1 means by nobody."""

    line_by: np.ndarray
    line_cents: np.ndarray
    option_by: np.ndarray  # by nobody, too, when a later delivery replaced the set of its order


@dataclass(frozen=True)
class _Live:
    """What counts: masks of lines, options (with a line) and orders; `day` is an order's date."""

    line: np.ndarray
    option: np.ndarray
    ticket: np.ndarray
    sale: np.ndarray
    day: np.ndarray
    cents: np.ndarray


def count(
    source: Source,
    got: Delivered,
    files: dict[str, FileTruth],
    known: set[int],
    excluded_apps: tuple[str, ...],
) -> Truth:
    """The truth of what was delivered: live lines, live options with and without their line."""
    book, settings, names = source.book, source.settings, source.names
    ours = got.option_by >= 0
    pending = ours & (got.line_by[book.option_line] < 0)
    live = _find_live(source, got, ours, known, excluded_apps)
    everything = _sum_by(book, live, np.zeros(len(book), dtype=np.int64))
    by_day = _sum_by(book, live, live.day + 1)  # the default clock may tell the day before
    by_place = _sum_by(book, live, book.order_restaurant)
    by_customer = _sum_by(book, live, book.order_customer + 1)
    guests = by_customer.pop(GUEST + 1, None)
    as_of = max(by_day, default=0) - 1
    buys = live.sale & (book.order_customer != GUEST)
    return Truth(
        files=files,
        totals=everything.get(0, Totals(0, 0, 0, 0, *(Decimal(0),) * 3)),
        by_date={settings.date_of(number - 1): totals for number, totals in by_day.items()},
        by_restaurant={source.restaurants[n].restaurant_id: t for n, t in by_place.items()},
        by_customer={names.users[n - 1]: t for n, t in by_customer.items() if t.sale_orders},
        pending_options=int(pending.sum()),
        members=len(np.unique(book.order_customer[buys & book.order_member])),
        at_risk=_count_at_risk(book.order_customer[buys], live.day[buys], as_of),
        guest_orders=guests.sale_orders if guests else 0,
        discounted_orders=_count_discounted(book, live),
        listed=len(known),
        as_of=settings.date_of(as_of) if by_day else None,
    )


def _order_of_option(book: OrderBook) -> np.ndarray:
    return book.line_order[book.option_line]


def _find_live(
    source: Source,
    got: Delivered,
    ours: np.ndarray,
    known: set[int],
    excluded_apps: tuple[str, ...],
) -> _Live:
    book = source.book
    wanted = np.array([app not in excluded_apps for app in APPS])[book.order_app]
    line = (got.line_by >= 0) & wanted[book.line_order]
    never = np.iinfo(np.int64).max
    moment = np.where(line, book.line_at, never)
    ordered = np.minimum.reduceat(moment, book.order_line[:-1]) if len(book) else moment
    sale = np.zeros(len(book), dtype=bool)
    sale[book.line_order[line & (book.line_quantity > 0) & (got.line_cents >= 0)]] = True
    ticket = ordered != never
    day = _find_business_days(source, ordered, ticket, known)
    return _Live(line, ours & line[book.option_line], ticket, sale, day, got.line_cents)


def _find_business_days(
    source: Source, ordered: np.ndarray, ticket: np.ndarray, known: set[int]
) -> np.ndarray:
    """Day index of each order by its restaurant's clock; an unknown restaurant has the default."""
    settings, place = source.settings, source.book.order_restaurant
    origin = start_of(settings.first_day)
    zones = [r.timezone if r.number in known else DEFAULT_TIMEZONE for r in source.restaurants]
    zone_of = np.array(zones)[place]
    day = np.zeros(len(ordered), dtype=np.int64)
    for zone in sorted(set(zones)):
        here = (zone_of == zone) & ticket
        clock = read_clock(zone, settings.first_day, settings.last_day)
        day[here] = (clock.to_local(ordered[here]) - origin) // DAY
    return day


def _sum_by(book: OrderBook, live: _Live, group: np.ndarray) -> dict[int, Totals]:
    """Totals per group with a ticket; `group` holds a number from 0 on for each order."""
    groups = int(group.max(initial=0)) + 1
    of_line = group[book.line_order[live.line]]
    of_option = group[_order_of_option(book)[live.option]]
    cents = live.cents[live.line]
    extra = (book.option_cents * book.option_quantity)[live.option]
    positive = np.bincount(of_option, np.maximum(extra, 0), groups)
    columns = [
        np.bincount(group[live.ticket], minlength=groups),
        np.bincount(group[live.sale], minlength=groups),
        np.bincount(of_line, minlength=groups),
        np.bincount(of_option, minlength=groups),
        np.bincount(of_line, np.maximum(cents, 0), groups) + positive,
        np.bincount(of_option, np.maximum(-extra, 0), groups),
        np.bincount(of_line, np.maximum(-cents, 0), groups),
    ]
    # sums of whole cents below 2^53 are exact in the floats of bincount
    table = np.stack([column.astype(np.int64) for column in columns], axis=1).tolist()
    return {number: _total(row) for number, row in enumerate(table) if row[0]}


def _total(row: list[int]) -> Totals:
    return Totals(*row[:4], *(Decimal(cents) / 100 for cents in row[4:]))


def _count_at_risk(customer: np.ndarray, day: np.ndarray, as_of: int) -> int:
    """Customers whose last sale order is more than 45 days before `as_of`."""
    recent = np.full(int(customer.max(initial=0)) + 1, -1)
    np.maximum.at(recent, customer, day)
    return int(((recent >= 0) & (as_of - recent > AT_RISK_DAYS)).sum())


def _count_discounted(book: OrderBook, live: _Live) -> int:
    """Sale orders with a discount."""
    discounted = np.zeros(len(book), dtype=bool)
    discounted[_order_of_option(book)[live.option & (book.option_cents < 0)]] = True
    return int((discounted & live.sale).sum())
