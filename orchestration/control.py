"""Delivery control for the command line: which restaurant's day is missing, late or held back."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow.parquet as pq
from rich.markup import escape
from rich.table import Table

from emr_staging.state import current_files
from ingestion.delivery_control import (
    DayStatus,
    DeliveryRules,
    control_deliveries,
    read_ledgers,
)
from lake import layout
from lake.folded import read_folded
from lake.store import Store
from orchestration.shown import shown

IN_ORDER = ("on_time", "open")
PENDING = "pending"  # no business date: options whose line has not come
READERS = 8
NAMED = 3  # files of a day


def find_gaps(
    store: Store, settings: dict[str, Any], since: date, until: date | None
) -> list[DayStatus]:
    """The restaurants' business dates from `since` on that did not come whole and in time.

    `until` judges as at the end of that date, when its files are due; None judges as of now.
    """
    moment = end_of(until) if until else datetime.now(UTC)
    days = control_days(store, settings, since, moment)
    return [day for day in days if day.state not in IN_ORDER or day.changed or day.resent]


def control_days(
    store: Store, settings: dict[str, Any], since: date, now: datetime
) -> list[DayStatus]:
    """The status of every expected day from `since` on, as it is at `now` (UTC)."""
    ledgers = read_ledgers(store)
    found = store.read_version(layout.CURRENT)
    current = json.loads(found[0]) if found else {}
    landings = read_folded(store, current, ("landing_id", "state")).to_pylist()
    rules = DeliveryRules(
        deadline=timedelta(hours=settings["delivery_deadline_hours"]),
        start_hour=settings["business_day_start_hour"],
        default_timezone=settings["default_timezone"],
        timezones=current.get("zones", {}),
        opened=_read_openings(store),
        dates=_read_dates(store, current),
        withdrawn=frozenset(x["landing_id"] for x in landings if x["state"] == "withdrawn"),
    )
    return control_deliveries(ledgers, rules, now, since)


def _read_dates(store: Store, current: dict[str, Any]) -> dict[str, list[date]]:
    """Landing id -> the business dates of its orders, as normalize has decided them."""
    runs: dict[str, list[str]] = {}
    for day, facts in current.get("dates", {}).items():
        if day != PENDING:
            runs.setdefault(facts["run_id"], []).append(day)
    dates: dict[str, list[date]] = {}
    with ThreadPoolExecutor(READERS) as pool:
        found = pool.map(lambda run: json.loads(store.read(layout.normalized_run(run))), runs)
        for record, days in zip(found, runs.values(), strict=True):
            for day in days:
                for landing in record.get("landings", {}).get(day, {}).get("order_items", []):
                    dates.setdefault(landing, []).append(date.fromisoformat(day))
    return dates


def _read_openings(store: Store) -> dict[str, date]:
    """When each restaurant opened, as headquarters last told."""
    opened: dict[str, date] = {}
    for files in current_files(store, "restaurants").values():
        for file in files:
            table = pq.read_table(io.BytesIO(store.read(file["key"])))
            pairs = zip(table["restaurant_id"], table["opened_on"], strict=True)
            opened |= {r.as_py(): o.as_py() for r, o in pairs if o.is_valid}
    return opened


def gaps_table(gaps: list[DayStatus]) -> Table:
    """One line per restaurant and business date, for a terminal."""
    table = Table("restaurant", "business date", "state", "due (UTC)", "received (UTC)", "files")
    for gap in gaps:
        notes = [
            word for word, holds in (("re-sent", gap.resent), ("changed", gap.changed)) if holds
        ]
        table.add_row(
            escape(shown(gap.restaurant_id)),
            str(gap.business_date),
            ", ".join([gap.state, *notes]),
            f"{gap.due_at:%Y-%m-%d %H:%M}",
            f"{gap.first_received_at:%Y-%m-%d %H:%M}" if gap.first_received_at else "",
            escape(_named(gap.files)),
        )
    return table


def _named(files: tuple[str, ...]) -> str:
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    return ", ".join(map(shown, files[:NAMED])) + more


def end_of(business_date: date) -> datetime:
    """Midnight UTC two days on: by then the date's files are due on every clock."""
    return datetime.combine(business_date + timedelta(days=2), time(), UTC)
