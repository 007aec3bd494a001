"""Delivery control: which restaurant's day has come, late or not at all, again or changed.

Every restaurant is expected to deliver order items for every business date since its first one; one
that never delivered, since it opened according to headquarters, as far as anybody has delivered.
Which days a file speaks for: `delivered_days`. Options are not expected: a day may have sold none,
and a line without its options is still a sale. The mart `delivery_status` counts alike.
"""

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingestion.delivered_days import (
    DAY,
    Delivered,
    DeliveryRules,
    Ledger,
    business_date,
    delivered_days,
    in_order,
    span_of_days,
)
from lake import layout
from lake.store import Store

__all__ = ["DayStatus", "DeliveryRules", "control_deliveries", "read_ledgers"]

READERS = 8


@dataclass(frozen=True)
class DayStatus:
    """One restaurant's business date.

    `state` is on_time, late, missing, held (only files came that are held back), or open (nothing
    came, and it is not due yet). Days in a row that first came together are due once, after the
    last of them. `resent` says that the bytes of a file came as another file, too: a copy, which
    counts in nothing else; `changed` that a file was delivered again with other bytes. `files` are
    paths, by time of arrival.
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
    days: dict[str, dict[date, list[Delivered]]] = {}
    for restaurant, day, delivered in delivered_days(ledgers, rules):
        days.setdefault(restaurant, {}).setdefault(day, []).append(delivered)
    expected = (
        (restaurant, day)
        for restaurant, first in sorted(_first_expected(days, rules).items())
        for day in span_of_days(
            max(first, since or first), business_date(restaurant, now, rules) - DAY
        )
    )
    return [
        _status(restaurant, day, days.get(restaurant, {}).get(day, []), rules, now)
        for restaurant, day in expected
        if day in days.get(restaurant, {}) or rules.is_expected(restaurant, day)
    ]


def _first_expected(
    days: dict[str, dict[date, list[Delivered]]], rules: DeliveryRules
) -> dict[str, date]:
    """The first date that each restaurant is expected to deliver."""
    first = {
        restaurant: min(own)
        for restaurant, found in days.items()
        if (own := [day for day, files in found.items() if not all(f.is_copy for f in files)])
    }
    if not first:
        return {}
    earliest = min(first.values())
    return {r: max(opened_on, earliest) for r, opened_on in rules.opened.items()} | first


def _status(
    restaurant: str, day: date, delivered: list[Delivered], rules: DeliveryRules, now: datetime
) -> DayStatus:
    own = [file for file in delivered if not file.is_copy]
    arrivals = [file.arrival for file in own if file.arrival]
    taken = sorted((came, _due(restaurant, last, rules)) for came, last in arrivals)
    received, due = taken[0] if taken else (None, _due(restaurant, day, rules))
    if taken:
        state = "on_time" if any(came <= deadline for came, deadline in taken) else "late"
    elif own:
        state = "held"
    else:
        state = "missing" if now > due else "open"
    contents = [{x["sha256"] for x in file.revisions} for file in own]
    return DayStatus(
        restaurant_id=restaurant,
        business_date=day,
        state=state,
        due_at=due,
        first_received_at=received,
        files=tuple(x["path"] for x in in_order(x for file in delivered for x in file.revisions)),
        resent=0 < len(own) < len(delivered),
        changed=any(len(found) > 1 for found in contents),
    )


def _due(restaurant: str, last: date, rules: DeliveryRules) -> datetime:
    """When days are due of which the last is `last`; mart: macro `delivery_due_at`."""
    zone = ZoneInfo(rules.timezones.get(restaurant, rules.default_timezone))
    midnight = datetime.combine(last, datetime.min.time())
    clock = midnight + timedelta(hours=rules.start_hour) + rules.deadline
    return clock.replace(tzinfo=zone).astimezone(UTC)


def read_ledgers(store: Store) -> list[Ledger]:
    """Every ledger of a lake."""
    with ThreadPoolExecutor(READERS) as pool:
        return [json.loads(data) for data in pool.map(store.read, store.list(layout.LEDGERS))]
