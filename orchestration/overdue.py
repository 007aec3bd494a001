"""Deliveries that are overdue: found in every run, told once, and no failure.

What was told stands in the lake, so that neither a retry nor the next run tells it again.
"""

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from ingestion.delivery_control import DayStatus
from lake import layout
from lake.store import Store
from orchestration.control import control_days, end_of

LOOKED_BACK = timedelta(days=7)
LOST = ("missing", "held")
NOBODY = {"missing": ["every restaurant"], "held": [], "stale": True}

Overdue = dict[str, Any]  # business_date, due_at, restaurants by state, stale; JSON


def find_overdue(
    store: Store, settings: dict[str, Any], as_of: date | None, now: datetime
) -> list[Overdue]:
    """The business dates of which files are past their deadline at `now` (UTC), oldest first.

    With `as_of` they are judged as at the end of that date, or now if that is earlier. A date is
    `stale` when nothing came from anybody; so is the last one of a lake without any file.
    """
    moment = min(now, end_of(as_of)) if as_of else now
    dates: dict[date, list[DayStatus]] = defaultdict(list)
    for day in control_days(store, settings, moment.date() - LOOKED_BACK, moment):
        dates[day.business_date].append(day)
    if not dates:
        return [{"business_date": str(as_of or now.date()), "due_at": _minute(moment)} | NOBODY]
    return [_overdue(date, found) for date, found in sorted(dates.items()) if _lost(found)]


def leave_untold(store: Store, overdue: list[Overdue]) -> list[Overdue]:
    """What of it nobody was told of yet."""
    fresh = []
    for day in overdue:
        told = _told(store, day["business_date"])
        left = {state: [name for name in day[state] if name not in told] for state in LOST}
        if any(left.values()):
            fresh.append(day | left)
    return fresh


def remember_told(store: Store, overdue: list[Overdue]) -> None:
    """Write down that people were told of it."""
    for day in overdue:
        told = _told(store, day["business_date"]).union(day["missing"], day["held"])
        store.write(layout.told(day["business_date"]), json.dumps(sorted(told)).encode())


def _told(store: Store, business_date: str) -> set[str]:
    found = store.read_version(layout.told(business_date))
    return set(json.loads(found[0])) if found else set()


def _lost(found: list[DayStatus]) -> list[DayStatus]:
    return [day for day in found if day.state in LOST]


def _overdue(business_date: date, found: list[DayStatus]) -> Overdue:
    """One date: who has not delivered it, and when the last of them had to."""
    lost = _lost(found)
    missing, held = ([day.restaurant_id for day in lost if day.state == state] for state in LOST)
    return {
        "business_date": str(business_date),
        "due_at": _minute(max(day.due_at for day in lost)),
        "missing": missing,
        "held": held,
        "stale": len(missing) == len(found),
    }


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
