"""Delivered days: which restaurants' business dates each delivered file speaks for.

A file with rows speaks for the dates of their orders, and for up to CLOSED_DAYS dates without any
in a row between them: a stray line of last month is no delivery of all days since. A closed day is
delivered as a file with a header and no rows: it speaks of no date itself, so it is taken for the
business date before the day it came. A file speaks for the days of its latest revision only, but
each of them came with the first revision that could be read and had it: a file that grows delivers
day after day. A file with the bytes of an earlier one is a copy, and delivers nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.owners import Folders, learn, owner_of

Ledger = dict[str, Any]
Arrival = tuple[datetime, date]  # when a day came, and the last of the days that came beside it
DAY = timedelta(days=1)
CLOSED_DAYS = 2  # in a row: a restaurant's days of rest; mart: int_deliveries_spanned


@dataclass(frozen=True)
class DeliveryRules:
    """When a business date's files are due, and whose clock counts.

    A date begins when the clock of the restaurant shows `start_hour`; the file that ends with it is
    due when that clock has gone `deadline` further. `opened` is when restaurants opened, as far as
    headquarters tells. `withdrawn` are landing ids that count no more, since their operators took
    the files away; `dates` the business dates of the orders of each landing that counts, where they
    are known. `is_expected` may excuse days (restaurant id, business date).
    """

    deadline: timedelta
    start_hour: int
    default_timezone: str
    timezones: dict[str, str] = field(default_factory=dict)
    opened: dict[str, date] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    dates: Mapping[str, list[date]] = field(default_factory=dict)
    is_expected: Callable[[str, date], bool] = lambda restaurant, day: True


@dataclass(frozen=True)
class Delivered:
    """A file that speaks for a day: its revisions, oldest first, and how the day came.

    `arrival` is None when the latest revision is held back. A copy only says that bytes came again.
    """

    revisions: list[Ledger]
    arrival: Arrival | None = None
    is_copy: bool = False


def delivered_days(
    ledgers: Iterable[Ledger], rules: DeliveryRules
) -> Iterator[tuple[str, date, Delivered]]:
    """Every restaurant's day that a file speaks for, once per file."""
    ledgers = list(ledgers)
    folders: Folders = {}
    learn(folders, [x for x in ledgers if _may_hold_orders(x)])
    files = [x for x in _files(ledgers) if x[-1]["landing_id"] not in rules.withdrawn]
    copies = _copies(files)
    for revisions in files:
        if revisions[-1]["landing_id"] in copies:
            for restaurant, day, _ in _covered(revisions[-1], folders, rules):
                yield restaurant, day, Delivered(revisions, is_copy=True)
        else:
            for restaurant, day, arrival in _delivered(revisions, folders, rules):
                yield restaurant, day, Delivered(revisions, arrival)


def _may_hold_orders(ledger: Ledger) -> bool:
    return ledger["entity"] in ("order_items", None) and ledger["status"] != "not_needed"


def _files(ledgers: Iterable[Ledger]) -> list[list[Ledger]]:
    """The revisions of each file whose latest may hold order items, oldest first."""
    files: dict[str, list[Ledger]] = {}
    for ledger in in_order(ledgers):
        files.setdefault(ledger["file_id"], []).append(ledger)
    orders = [revisions for revisions in files.values() if _may_hold_orders(revisions[-1])]
    return [[x for x in revisions if _may_hold_orders(x)] for revisions in orders]


def in_order(ledgers: Iterable[Ledger]) -> list[Ledger]:
    """Ledgers by the time at which their operators made the files."""
    return sorted(ledgers, key=lambda x: (x["modified_at"], x.get("version", 0), x["landing_id"]))


def _copies(files: list[list[Ledger]]) -> set[str]:
    """The landing ids of files whose rows an earlier file with the same bytes has brought.

    Normalize holds the same ones back; files without rows are alike by nature.
    """
    seen: set[str] = set()
    copies: set[str] = set()
    for latest in in_order(revisions[-1] for revisions in files):
        if latest["status"] == "loaded" and latest["restaurants"]:
            if latest["sha256"] in seen:
                copies.add(latest["landing_id"])
            seen.add(latest["sha256"])
    return copies


def _delivered(
    revisions: list[Ledger], folders: Folders, rules: DeliveryRules
) -> Iterator[tuple[str, date, Arrival | None]]:
    """The restaurants' days that a file speaks for, and how each of them first came with it."""
    arrivals: dict[tuple[str, date], Arrival] = {}
    for ledger in revisions:
        covered = list(_covered(ledger, folders, rules))
        if ledger["status"] == "loaded":
            received = _received(ledger)
            for restaurant, day, last in covered:
                arrival = received, last
                arrivals[restaurant, day] = min(arrival, arrivals.get((restaurant, day), arrival))
    is_held = revisions[-1]["status"] != "loaded"
    for restaurant, day, _ in covered:  # by the latest revision
        yield restaurant, day, None if is_held else arrivals[restaurant, day]


def _covered(
    ledger: Ledger, folders: Folders, rules: DeliveryRules
) -> Iterator[tuple[str, date, date]]:
    """The restaurants' days that a revision has, each with the last day of its span."""
    known = set(folders.values())
    restaurants = ledger["restaurants"] or [owner_of(ledger, folders)]
    for restaurant in restaurants:
        if restaurant not in known and not ledger["restaurants"]:
            continue  # a folder that no restaurant is known of
        for first, last in _spans(ledger, restaurant, rules):
            for day in span_of_days(first, last):
                yield restaurant, day, last


def _spans(ledger: Ledger, restaurant: str, rules: DeliveryRules) -> list[tuple[date, date]]:
    """The business dates of a file's rows, from first to last, apart where many dates lack."""
    spans: list[tuple[date, date]] = []
    for first, last in _dated(ledger, restaurant, rules):
        if spans and first - spans[-1][1] <= (1 + CLOSED_DAYS) * DAY:
            first = spans.pop()[0]
        spans.append((first, last))
    before = business_date(restaurant, _received(ledger), rules) - DAY
    return spans or [(before, before)]


def _dated(ledger: Ledger, restaurant: str, rules: DeliveryRules) -> list[tuple[date, date]]:
    """First and last business dates of rows: of their orders, else of when they were made."""
    if dates := rules.dates.get(ledger["landing_id"]):
        return [(day, day) for day in sorted(dates)]
    return [
        tuple(business_date(restaurant, datetime.fromisoformat(m), rules) for m in moments)
        for moments in spans_of(ledger)
    ]


def spans_of(ledger: Ledger) -> list[list[str]]:
    """First and last time (UTC) of lines that follow each other; none when a file has no rows."""
    whole = [ledger["first_created_at"], ledger["last_created_at"]]
    return ledger.get("spans", [whole] if whole[0] else [])  # older ledgers have no spans


def span_of_days(first: date, last: date) -> Iterator[date]:
    """Every date from the first to the last."""
    while first <= last:
        yield first
        first += DAY


def business_date(restaurant: str, moment: datetime, rules: DeliveryRules) -> date:
    """The business date of a time in a restaurant."""
    zone = ZoneInfo(rules.timezones.get(restaurant, rules.default_timezone))
    return (moment.astimezone(zone).replace(tzinfo=None) - timedelta(hours=rules.start_hour)).date()


def _received(ledger: Ledger) -> datetime:
    return datetime.fromisoformat(ledger["modified_at"])
