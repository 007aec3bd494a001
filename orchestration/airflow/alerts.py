"""What people are told when a task fails, and when files are not in the numbers."""

from typing import Any

from orchestration.airflow import platform
from orchestration.airflow.dates import as_of

CLEAR = "then clear this task with its downstream tasks; what was written stays"
REMEDIES = {
    "land": f"Check the source (its address, its share, its credentials), {CLEAR}.",
    "clean": f"The message names the files; check the lake and its disk, {CLEAR}.",
    "normalize": f"Read the log of the job; `franchise normalize --full` rebuilds it, {CLEAR}.",
    "load": f"Nothing was loaded. Wait for or end what holds the warehouse, {CLEAR}.",
    "build": "Mend the model or the data that the message names, then clear that model's task with "
    "its downstream tasks, and not dbt_producer_watcher: what is cleared is built again, alone.",
    "publish": f"The marts are complete, only the docs site is missing. Mend it, {CLEAR}.",
    "reconcile": "Trust no number of this run before the figures agree: compare the ones named.",
}


def report_failure(context: Any) -> None:
    """Airflow's callback for a task that failed for good: tell what broke and what to do."""
    platform.chosen().notify(*describe_failure(context))


def report_missing(files: list[dict[str, Any]]) -> None:
    """Tell which files are not in the numbers of a run that is done; no failure."""
    if files:
        platform.chosen().notify(*describe_missing(files))


def describe_failure(context: Any) -> tuple[str, str]:
    """Subject and message about a failed task."""
    task = context["ti"]
    step = task.task_id.split(".")[0]
    counted = as_of(context["dag_run"], context["params"]) or "the last one loaded"
    lines = (
        f"Run: {context['run_id']}, up to business date: {counted}",
        f"Cause: {context.get('exception') or 'the process ended without a word'}",
        f"To do: {REMEDIES.get(step, 'Read the log of the task.')}",
        f"Log: {getattr(task, 'log_url', None) or 'in the task'}",
    )
    return f"{task.dag_id}: {task.task_id} failed", "\n".join(lines)


def describe_missing(files: list[dict[str, Any]]) -> tuple[str, str]:
    """Subject and message about files that could not be had or are quarantined whole."""
    lines = [f"- {f['path']}: {f['reason']}: {f.get('message') or ''}".rstrip(": ") for f in files]
    lines.append(
        "To do: ask the operators for corrected files; the next run takes them in by itself."
    )
    return f"daily_elt: {len(files)} files are not in the numbers", "\n".join(lines)
