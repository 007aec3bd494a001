"""A range of business dates, counted as if each of them had had its own run.

Files are landed, cleaned, normalized and loaded once. Then the marts are built as of each date, the
oldest first, so that the snapshots record what they would have recorded day by day, and at last as
any other run leaves them.
"""

from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.basis import AsOfError
from orchestration.pipeline import STEPS, Facts, Progress, Run, Step, build
from orchestration.settings import SettingsError, effective, parse_date
from orchestration.warehouse import Warehouse

DAY = timedelta(days=1)
SNAPSHOTS = "select table_name from information_schema.tables where table_schema = 'snapshots'"


def parse_range(first: str | None, last: str | None, settings: dict[str, Any]) -> list[date]:
    """The business dates from `--from` to `--to`, oldest first; none when neither is given.

    Raises SettingsError with the remedy.
    """
    if first is None and last is None:
        return []
    if first is None or last is None:
        raise SettingsError("--from and --to belong together: give the first and the last date")
    if settings.get("as_of_date"):
        raise SettingsError("--as-of goes without --from and --to, which count up to each date")
    begin, end = parse_date("--from", first), parse_date("--to", last)
    if begin > end:
        raise SettingsError(f"--from {begin} is after --to {end}: give the earlier date first")
    today = datetime.now(ZoneInfo(effective(settings)["default_timezone"])).date()
    if end > today:
        raise SettingsError(f"--to {end} is in the future: give a date up to today, {today}")
    return [begin + i * DAY for i in range((end - begin).days + 1)]


def backfill_steps(dates: list[date]) -> tuple[Step, ...]:
    """The pipeline's steps, with a build for each of the dates."""
    each = {"label": "Building marts by date", "function": partial(build_each, dates)}
    return tuple(replace(step, **each) if step.name == "build" else step for step in STEPS)


def build_each(dates: list[date], run: Run, progress: Progress) -> Facts:
    """Build as of each date that history does not hold yet, then as a run without dates does.

    History that is recorded stays: the dates before its last one are left out, hence a rerun goes
    on where one was killed. Raises AsOfError when there is no order up to the first date.
    """
    with closing(run.open_warehouse()) as warehouse:
        _check_first(warehouse, dates[0])
        recorded = recorded_until(warehouse)
    waiting = [day for day in dates if recorded is None or day >= recorded]
    for done, day in enumerate(waiting):
        progress(done, len(waiting) + 1)
        settings = run.settings | {"as_of_date": day.isoformat()}
        build(replace(run, settings=settings, full=run.full and done == 0), _unseen)
    progress(len(waiting), len(waiting) + 1)
    facts = build(replace(run, full=run.full and not waiting), _unseen, record=False)
    return facts | {"dates": len(waiting), "recorded_before": len(dates) - len(waiting)}


def recorded_until(warehouse: Warehouse) -> date | None:
    """The last business date on which every snapshot recorded something; None before that."""
    names = [name for (name,) in warehouse.execute(SNAPSHOTS).fetchall()]
    last = "select max(cast(dbt_valid_from as date)) from snapshots."
    found = [warehouse.execute(last + name).fetchone()[0] for name in names]
    return min(found) if found and all(found) else None


def _check_first(warehouse: Warehouse, first: date) -> None:
    query = "select min(business_date) from pos.order_items"
    (first_order,) = warehouse.execute(query).fetchone()
    if first_order is None or first < first_order:
        found = f"the first order is of {first_order}" if first_order else "no order is loaded"
        raise AsOfError(
            f"--from {first}: {found}, so nothing would be counted up to that date. "
            "The files are loaded, the marts are as they were. Begin with a later date."
        )


def _unseen(done: int, total: int) -> None:
    """One bar shows dates; the models of each are not shown."""
