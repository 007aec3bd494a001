"""Totals of what was delivered, by the rules of the metrics: money, business dates, customers."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from demo.clock import DAY, read_clock, start_of
from demo.content import Source
from demo.orders import APPS, GUEST
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

    `customers` have a sale order, `members` of them one with the loyalty flag, `at_risk` none for
    more than 45 days. `options` in totals are those with a parent line; the others are pending.
    """

    files: dict[str, FileTruth]
    totals: Totals
    by_date: dict[date, Totals]
    pending_options: int
    customers: int
    members: int
    at_risk: int
    guest_orders: int
    discounted_orders: int
    restaurants: int
    as_of: date | None

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
    option_by: np.ndarray
    order_by: np.ndarray  # the latest delivery with options of the order


def count(
    source: Source,
    got: Delivered,
    files: dict[str, FileTruth],
    known: set[int],
    excluded_apps: tuple[str, ...],
) -> Truth:
    """The truth of what was delivered: live lines, live options with and without their line."""
    book = source.book
    wanted = np.array([app not in excluded_apps for app in APPS])[book.order_app]
    line = (got.line_by >= 0) & wanted[book.line_order]
    option_order = book.line_order[book.option_line]
    live = (got.option_by >= 0) & (got.option_by == got.order_by[option_order])
    delivered = got.line_by[book.option_line] >= 0
    option = live & line[book.option_line]
    moment = np.where(line, book.line_at, np.iinfo(np.int64).max)
    starts = book.order_line[:-1]
    ordered = np.minimum.reduceat(moment, starts) if len(book) else moment
    ticket = ordered != np.iinfo(np.int64).max
    sells = line & (book.line_quantity > 0) & (got.line_cents >= 0)
    sale = np.zeros(len(book), dtype=bool)
    sale[book.line_order[sells]] = True
    day = _business_days(source, ordered, ticket, known)
    by_day = _sum_days(source, got, line, option, ticket, sale, day)
    return _tell(source, files, by_day, int((live & ~delivered).sum()), sale, day, option, known)


def _business_days(
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


def _sum_days(
    source: Source,
    got: Delivered,
    line: np.ndarray,
    option: np.ndarray,
    ticket: np.ndarray,
    sale: np.ndarray,
    day: np.ndarray,
) -> dict[int, tuple[int, ...]]:
    """Per day index: tickets, sale orders, lines, options and cents of gross, discount, refund."""
    book, days = source.book, source.settings.days + 2
    line_day = day[book.line_order[line]] + 1  # an unknown clock may put an order on the day before
    option_day = day[book.line_order[book.option_line[option]]] + 1
    cents = got.line_cents[line]
    extra = book.option_cents[option] * book.option_quantity[option]
    columns = [
        np.bincount(day[ticket] + 1, minlength=days),
        np.bincount(day[sale] + 1, minlength=days),
        np.bincount(line_day, minlength=days),
        np.bincount(option_day, minlength=days),
        np.bincount(line_day, np.maximum(cents, 0), days)
        + np.bincount(option_day, np.maximum(extra, 0), days),
        np.bincount(option_day, np.maximum(-extra, 0), days),
        np.bincount(line_day, np.maximum(-cents, 0), days),
    ]
    table = np.stack([column.astype(np.int64) for column in columns], axis=1).tolist()
    return {number - 1: tuple(row) for number, row in enumerate(table) if row[0]}


def _total(row: tuple[int, ...]) -> Totals:
    return Totals(*row[:4], *(Decimal(cents) / 100 for cents in row[4:]))


def _tell(
    source: Source,
    files: dict[str, FileTruth],
    by_day: dict[int, tuple[int, ...]],
    pending: int,
    sale: np.ndarray,
    day: np.ndarray,
    option: np.ndarray,
    known: set[int],
) -> Truth:
    book, settings = source.book, source.settings
    buys = sale & (book.order_customer != GUEST)
    last_order = np.full(int(book.order_customer.max(initial=0)) + 1, -1)
    np.maximum.at(last_order, book.order_customer[buys], day[buys])
    as_of = max(by_day, default=None)
    bought = last_order[last_order >= 0]
    discounted = np.zeros(len(book), dtype=bool)
    discounted[book.line_order[book.option_line[option & (book.option_cents < 0)]]] = True
    return Truth(
        files=files,
        totals=_total(tuple(map(sum, zip(*by_day.values(), strict=True))) or (0,) * 7),
        by_date={settings.date_of(number): _total(row) for number, row in by_day.items()},
        pending_options=pending,
        customers=len(bought),
        members=len(np.unique(book.order_customer[buys & book.order_member])),
        at_risk=int((as_of - bought > AT_RISK_DAYS).sum()) if as_of is not None else 0,
        guest_orders=int((sale & (book.order_customer == GUEST)).sum()),
        discounted_orders=int((discounted & sale).sum()),
        restaurants=len(known),
        as_of=None if as_of is None else settings.date_of(as_of),
    )
