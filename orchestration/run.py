"""Executing steps in order, with progress bars, and the run report that is always written."""

import json
import logging
import time
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from orchestration.exit_codes import FAILED, INCOMPLETE, OK
from orchestration.pipeline import STEPS, Run, Step

log = logging.getLogger(__name__)


class RunFailedError(Exception):
    """A step failed; the message names the step, the cause, and how to go on."""


def execute(
    run: Run, names: list[str], console: Console, steps: tuple[Step, ...] = STEPS
) -> dict[str, Any]:
    """Run the named ones of the steps in the pipeline's order; return the run report.

    The report is written to `reports/<run_id>.json` whether the run ends well or not. Raises
    RunFailedError when a step fails; what the steps before it wrote stays, and a rerun goes on. A
    step that no other waits for stops none: its failure is told at the end.
    """
    report: dict[str, Any] = {
        "run_id": run.run_id,
        "started_at": _now(),
        "workspace": str(run.workspace.root),
        "lake": run.workspace.lake,
        "settings": run.settings,
        "engine": run.engine,
        "full": run.full,
        "steps": {},
    }
    try:
        with _progress(console) as bars:
            _run_steps([s for s in steps if s.name in names], run, bars, report["steps"])
        report["status"] = "done"
    except RunFailedError as error:
        report |= {"status": "failed", "error": str(error)}
        raise
    finally:
        report["finished_at"] = _now()
        report |= report["steps"].get("reconcile", {})
        report["missing"] = _missing(report)
        write_report(run, report)
    return report


def exit_code(report: dict[str, Any]) -> int:
    """The exit code that says how a run ended which had no failure."""
    if not all(check["ok"] for check in report.get("checks", [])):
        return FAILED
    return INCOMPLETE if report["missing"] else OK


def _missing(report: dict[str, Any]) -> list[dict[str, str]]:
    """Files that are not in the numbers: could not be had, or are quarantined whole."""
    steps = report["steps"]
    quarantined = report.get("quarantined", steps.get("clean", {}).get("quarantined", []))
    return [*steps.get("land", {}).get("failed", []), *quarantined]


def _run_steps(
    steps: list[Step], run: Run, bars: Progress, facts: dict[str, dict[str, Any]]
) -> None:
    awaited = {name for step in steps for name in step.upstream}
    failed: list[RunFailedError] = []
    for step in steps:
        try:
            facts[step.name] = _run_step(step, run, bars)
        except RunFailedError as error:
            failed.append(error)
            if step.name in awaited:
                break
    if failed:
        raise RunFailedError("\n".join(map(str, failed))) from failed[0].__cause__


def _run_step(step: Step, run: Run, bars: Progress) -> dict[str, Any]:
    task = bars.add_task(step.label, total=None)
    started = time.monotonic()

    def progress(done: int, total: int) -> None:
        bars.update(task, completed=done, total=total)

    try:
        facts = step.function(run, progress)
    except Exception as error:
        log.debug("step %s failed", step.name, exc_info=True)
        raise RunFailedError(
            f"step {step.name} failed: {error}\n"
            "What was written so far is kept. Mend the cause, then run the same command again."
        ) from error
    bars.update(task, completed=bars.tasks[task].total or 1, total=bars.tasks[task].total or 1)
    return facts | {"seconds": round(time.monotonic() - started, 2)}


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<27}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    )


def write_report(run: Run, report: dict[str, Any]) -> None:
    """Write the run report into the workspace, replacing what this run wrote before."""
    run.workspace.reports.mkdir(parents=True, exist_ok=True)
    path = run.workspace.reports / f"{run.run_id}.json"
    path.write_text(json.dumps(report, indent=2, default=str) + "\n", encoding="utf-8")


def _now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
