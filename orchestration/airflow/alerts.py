"""What people are told when a task fails, and when files are not in the numbers."""

import logging
from collections.abc import Iterator
from typing import Any

from lake.store import Store
from orchestration.airflow import platform
from orchestration.airflow.dates import as_of
from orchestration.overdue import Overdue, leave_untold, remember_told
from orchestration.settings import SettingsError
from orchestration.shown import shown

log = logging.getLogger(__name__)

CLEAR = "then clear this task with its downstream tasks; what was written stays"
REMEDIES = {
    "land": f"Check the source (its address, its share, its credentials), {CLEAR}.",
    "clean": f"The message names the files; check the lake and its disk, {CLEAR}.",
    "report": f"No number is touched; operators were not told. Read the message, {CLEAR}.",
    "normalize": f"Read the log of the job; `franchise normalize --full` rebuilds it, {CLEAR}.",
    "load": f"Nothing was loaded. Wait for or end what holds the warehouse, {CLEAR}.",
    "build": "Mend the model or the data that the message names, then clear that model's task with "
    "its downstream tasks, and not dbt_producer_watcher: what is cleared is built again, alone.",
    "publish": f"The marts are complete, only the docs site is missing. Mend it, {CLEAR}.",
    "reconcile": "Trust no number of this run before the figures agree: compare the ones named.",
    "control": f"No number is touched; deliveries were not looked after. Read the log, {CLEAR}.",
}

REFUSED = "Trigger a run with a setting as the cause asks for; what was loaded stays."
WATCHED_TRIES = 2  # of a model's task that nobody cleared: it watches, then runs its model alone
NAMED = 200  # files, or restaurants of one date, in a message; `franchise reconcile` names them all
STALE = "check the shared folders, their credentials, and what `land` has seen: the lake is stale."
ASK = (
    "ask these restaurants for their files (a closed day is a file with a header and no rows). The "
    "next run takes in what comes, by itself; `franchise reconcile` lists what is still missing."
)


def report_failure(context: Any) -> None:
    """Airflow's callback for a task that failed for good: tell what broke and what to do."""
    platform.chosen().notify(*describe_failure(context))


def report_cleared(context: Any) -> None:
    """The callback of a task that watches dbt: tell only when a person had cleared it.

    The first failure of a model was told by the task that runs dbt.
    """
    if context["ti"].try_number > WATCHED_TRIES:
        report_failure(context)


def report_missing(files: list[dict[str, Any]]) -> None:
    """Tell which files are not in the numbers of a run that is done; no failure.

    Neither is it one when nobody can be told: the run report names the files as well.
    """
    if not files:
        return
    subject, message = describe_missing(files)
    try:
        platform.chosen().notify(subject, message)
    except Exception:  # of whatever carries messages
        log.exception("Nobody could be told: %s\n%s", subject, message)


def report_overdue(store: Store, overdue: list[Overdue]) -> None:
    """Tell which deliveries are overdue, each once; no failure."""
    fresh = leave_untold(store, overdue)
    if fresh:
        platform.chosen().notify(*describe_overdue(fresh))
        remember_told(store, fresh)


def describe_failure(context: Any) -> tuple[str, str]:
    """Subject and message about a failed task."""
    task = context["ti"]
    cause, step = context.get("exception"), task.task_id.split(".")[0]
    is_refused = isinstance(cause, SettingsError)  # no step is at fault
    remedy = REFUSED if is_refused else REMEDIES.get(step, "Read the log of the task.")
    counted = as_of(context["dag_run"], context["params"]) or "the last one loaded"
    lines = (
        f"Run: {context['run_id']}, up to business date: {counted}",
        f"Cause: {cause or 'the process ended without a word'}",
        f"To do: {remedy}",
        f"Log: {getattr(task, 'log_url', None) or 'in the task'}",
    )
    return f"{task.dag_id}: {task.task_id} failed", "\n".join(lines)


def describe_missing(files: list[dict[str, Any]]) -> tuple[str, str]:
    """Subject and message about files that could not be had or are quarantined whole."""
    lines = [
        shown(f"- {f['path']}: {f['reason']}: {f.get('message') or ''}".rstrip(": "))
        for f in files[:NAMED]
    ]
    if len(files) > NAMED:
        lines.append(f"- and {len(files) - NAMED:,} more; the run report names them all")
    lines.append(
        "To do: ask the operators for corrected files; the next run takes them in by itself."
    )
    return f"daily_elt: {len(files)} files are not in the numbers", "\n".join(lines)


def describe_overdue(overdue: list[Overdue]) -> tuple[str, str]:
    """Subject and message about deliveries that should have come."""
    count = sum(len(day["missing"]) + len(day["held"]) for day in overdue)
    lines = [line for day in overdue for line in _overdue_lines(day)]
    if any(day["stale"] for day in overdue):
        lines.append(f"To do first: {STALE}")
    lines.append(f"To do: {ASK}")
    return f"daily_elt: {count} deliveries are overdue", "\n".join(lines)


def _overdue_lines(day: Overdue) -> Iterator[str]:
    due = f"- {day['business_date']}, due {day['due_at']}"
    stale = "nothing came from any restaurant" if day["stale"] else "nothing came"
    for names, what in ((day["missing"], stale), (day["held"], "only files that are held back")):
        if names:
            more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
            yield f"{due}: {what}: {', '.join(names[:NAMED])}{more}"
