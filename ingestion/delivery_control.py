"""Delivery control: which restaurant's day has come, late or not at all, again or changed.

Every restaurant is expected to deliver order items for every business date since its first one; one
that never delivered, since it opened according to headquarters, as far as anybody has delivered. A
closed day is delivered as a file with a header and no rows: it speaks of no date itself, so it is
taken for the business date before the day it came. A file with rows speaks for their dates, and for
up to CLOSED_DAYS dates without any in a row between them: a stray line of last month is no delivery
of all days since. A file speaks for the days of its latest revision only, but each of them came
with the first revision that could be read and had it: a file that grows delivers day after day.
Options are not expected: a day may have sold none, and a line without its options is still a sale.
The mart `delivery_status` counts alike.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ingestion.owners import Folders, learn, owner_of
from lake import layout
from lake.store import Store

Ledger = dict[str, Any]
Arrival = tuple[datetime, date]  # when a day came, and the last of the days that came beside it
Delivered = tuple[list[Ledger], Arrival | None]  # a file's revisions; None: the latest is held back
DAY = timedelta(days=1)
CLOSED_DAYS = 2  # in a row: a restaurant's days of rest; mart: int_deliveries_spanned
READERS = 8


@dataclass(frozen=True)
class DeliveryRules:
    """When a business date's files are due, and whose clock counts.

    A date begins when the clock of the restaurant shows `start_hour`; the file that ends with it is
    due when that clock has gone `deadline` further. `opened` is when restaurants opened, as far as
    headquarters tells. `withdrawn` are landing ids that count no more, since their operators took
    the files away. `is_expected` may excuse days (restaurant id, business date).
    """

    deadline: timedelta
    start_hour: int
    default_timezone: str
    timezones: dict[str, str] = field(default_factory=dict)
    opened: dict[str, date] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()
    is_expected: Callable[[str, date], bool] = lambda restaurant, day: True


@dataclass(frozen=True)
class DayStatus:
    """One restaurant's business date.

    `state` is on_time, late, missing, held (only files came that are held back), or open (nothing
    came, and it is not due yet). Days in a row that first came together are due once, after the
    last of them. `resent` says that the same bytes came more than once, `changed` that a file was
    delivered again with other bytes. `files` are paths, by time of arrival.
    """

    restaurant_id: str
    business_date: date
    state: str
    due_at: datetime
    first_received_at: datetime | None
    files: tuple[str, ...]
    resent: bool = False
    changed: bool = False


def control_deliveries(
    ledgers: Iterable[Ledger], rules: DeliveryRules, now: datetime, since: date | None = None
) -> list[DayStatus]:
    """The status of every expected day up to `now` (UTC), by restaurant and date.

    `since` leaves out the days before it; they still tell which restaurants there are.
    """
    ledgers = list(ledgers)
    folders: Folders = {}
    learn(folders, [x for x in ledgers if _may_hold_orders(x)])
    days: dict[str, dict[date, list[Delivered]]] = {}
    for revisions in _files(ledgers):
        for restaurant, day, arrival in _delivered(revisions, folders, rules):
            days.setdefault(restaurant, {}).setdefault(day, []).append((revisions, arrival))
    expected = (
        (restaurant, day)
        for restaurant, first in sorted(_first_expected(days, rules).items())
        for day in _days(max(first, since or first), business_date(restaurant, now, rules) - DAY)
    )
    return [
        _status(restaurant, day, days.get(restaurant, {}).get(day, []), rules, now)
        for restaurant, day in expected
        if day in days.get(restaurant, {}) or rules.is_expected(restaurant, day)
    ]


def _may_hold_orders(ledger: Ledger) -> bool:
    return ledger["entity"] in ("order_items", None) and ledger["status"] != "not_needed"


def _files(ledgers: Iterable[Ledger]) -> list[list[Ledger]]:
    """The revisions of each file whose latest may hold order items, oldest first."""
    files: dict[str, list[Ledger]] = {}
    for ledger in sorted(ledgers, key=_order):
        files.setdefault(ledger["file_id"], []).append(ledger)
    orders = [revisions for revisions in files.values() if _may_hold_orders(revisions[-1])]
    return [[x for x in revisions if _may_hold_orders(x)] for revisions in orders]


def _order(ledger: Ledger) -> tuple[str, int, str]:
    return ledger["modified_at"], ledger.get("version", 0), ledger["landing_id"]


def _first_expected(
    days: dict[str, dict[date, list[Delivered]]], rules: DeliveryRules
) -> dict[str, date]:
    """The first date that each restaurant is expected to deliver."""
    first = {restaurant: min(found) for restaurant, found in days.items()}
    if not first:
        return {}
    earliest = min(first.values())
    return {r: max(opened_on, earliest) for r, opened_on in rules.opened.items()} | first


def _delivered(
    revisions: list[Ledger], folders: Folders, rules: DeliveryRules
) -> Iterator[tuple[str, date, Arrival | None]]:
    """The restaurants' days that a file speaks for, and how each of them first came with it."""
    if revisions[-1]["landing_id"] in rules.withdrawn:
        return
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
            for day in _days(first, last):
                yield restaurant, day, last


def _spans(ledger: Ledger, restaurant: str, rules: DeliveryRules) -> list[tuple[date, date]]:
    """The business dates of a file's rows, from first to last, apart where many dates lack."""
    spans: list[tuple[date, date]] = []
    for moments in spans_of(ledger):
        first, last = (
            business_date(restaurant, datetime.fromisoformat(moment), rules) for moment in moments
        )
        if spans and first - spans[-1][1] <= (1 + CLOSED_DAYS) * DAY:
            first = spans.pop()[0]
        spans.append((first, last))
    before = business_date(restaurant, _received(ledger), rules) - DAY
    return spans or [(before, before)]


def spans_of(ledger: Ledger) -> list[list[str]]:
    """First and last time (UTC) of lines that follow each other; none when a file has no rows."""
    whole = [ledger["first_created_at"], ledger["last_created_at"]]
    return ledger.get("spans", [whole] if whole[0] else [])  # older ledgers have no spans


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def business_date(restaurant: str, moment: datetime, rules: DeliveryRules) -> date:
    """The business date of a time in a restaurant."""
    zone = ZoneInfo(rules.timezones.get(restaurant, rules.default_timezone))
    return (moment.astimezone(zone).replace(tzinfo=None) - timedelta(hours=rules.start_hour)).date()


def _status(
    restaurant: str, day: date, delivered: list[Delivered], rules: DeliveryRules, now: datetime
) -> DayStatus:
    ledgers = sorted((ledger for revisions, _ in delivered for ledger in revisions), key=_order)
    arrivals = [arrival for _, arrival in delivered if arrival]
    taken = sorted((came, _due(restaurant, last, rules)) for came, last in arrivals)
    received, due = taken[0] if taken else (None, _due(restaurant, day, rules))
    if taken:
        state = "on_time" if any(came <= deadline for came, deadline in taken) else "late"
    elif ledgers:
        state = "held"
    else:
        state = "missing" if now > due else "open"
    contents = {(x["file_id"], x["sha256"]) for x in ledgers}
    return DayStatus(
        restaurant_id=restaurant,
        business_date=day,
        state=state,
        due_at=due,
        first_received_at=received,
        files=tuple(x["path"] for x in ledgers),
        resent=len({sha for _, sha in contents}) < len(ledgers),
        changed=len({file_id for file_id, _ in contents}) < len(contents),
    )


def _due(restaurant: str, last: date, rules: DeliveryRules) -> datetime:
    """When days are due of which the last is `last`; mart: macro `delivery_due_at`."""
    zone = ZoneInfo(rules.timezones.get(restaurant, rules.default_timezone))
    midnight = datetime.combine(last, datetime.min.time())
    clock = midnight + timedelta(hours=rules.start_hour) + rules.deadline
    return clock.replace(tzinfo=zone).astimezone(UTC)


def _received(ledger: Ledger) -> datetime:
    return datetime.fromisoformat(ledger["modified_at"])


def read_ledgers(store: Store) -> list[Ledger]:
    """Every ledger of a lake."""
    with ThreadPoolExecutor(READERS) as pool:
        return [json.loads(data) for data in pool.map(store.read, store.list(layout.LEDGERS))]
