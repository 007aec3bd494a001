"""The schedule's time zone and the business date of a run."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.settings import read_defaults

ZONE = read_defaults()["default_timezone"]
BY_INTERVAL = ("scheduled", "backfill")


def business_date(interval_start: datetime) -> str:
    """The business date whose files a data interval waits for: 06:00 of that day to 06:00."""
    return interval_start.astimezone(ZoneInfo(ZONE)).date().isoformat()


def as_of(dag_run: Any, params: Any) -> str:
    """The last business date that a run counts, YYYY-MM-DD; empty: the last one loaded.

    The parameter `as_of` when it is given; else the business date of a scheduled run or a backfill.
    Any other run counts what is there, as `franchise run` does.
    """
    if params.get("as_of"):
        return str(params["as_of"])
    if str(getattr(dag_run.run_type, "value", dag_run.run_type)) in BY_INTERVAL:
        return business_date(dag_run.data_interval_start)
    return ""
