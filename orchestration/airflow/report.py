"""The run report, as the output of the last task."""

from typing import Any

from airflow.sdk import Asset, get_current_context

from orchestration.airflow.alerts import report_missing
from orchestration.pipeline import Facts, Run
from orchestration.run import write_report

MARTS = Asset(name="franchise_marts", uri="franchise://marts")


class UnreconciledError(Exception):
    """Figures that must agree do not; the message names each with both values."""


def compose(run: Run, reconciled: Facts) -> Facts:
    """Write and return the report of a run; tell people which files are not in its numbers.

    Raises UnreconciledError, after the report is written, when figures do not agree.
    """
    context = get_current_context()
    steps = _steps(context["ti"])
    report: dict[str, Any] = {
        "run_id": run.run_id,
        "dag_run": context["run_id"],
        "settings": run.settings,
        "lake": run.workspace.lake,
        "steps": steps,
        **reconciled,
    }
    report["missing"] = missing(steps, reconciled["quarantined"])
    failed = [c for c in reconciled["checks"] if not c["ok"]]
    report["status"] = "failed" if failed else "done"
    write_report(run, report)
    _announce(report)
    report_missing(report["missing"])
    if failed:
        lines = [f"{c['name']}: expected {c['expected']}, found {c['found']}" for c in failed]
        raise UnreconciledError("; ".join(lines))
    return report


def _announce(report: Facts) -> None:
    """Tell the DAGs that wait for the marts which business date they now reach.

    A run that an asset starts has no date of its own.
    """
    event = get_current_context()["outlet_events"][MARTS]
    event.extra = {"as_of": report["as_of"], "run_id": report["run_id"]}


def missing(steps: Facts, quarantined: list[Facts]) -> list[Facts]:
    """The files that are not in the numbers: not to be had, not to be cleaned, or held whole."""
    cleaned = [facts for facts in steps["clean"] or [] if facts]
    uncleaned = [file for facts in cleaned for file in facts.get("uncleaned", [])]
    return [*steps["land"].get("failed", []), *uncleaned, *quarantined]


def _steps(task: Any) -> dict[str, Any]:
    """What the steps before said of themselves."""
    facts = {name: task.xcom_pull(task_ids=name) for name in ("normalize", "load")}
    landed = task.xcom_pull(task_ids="land", key="facts") or {}
    return {"land": landed, "clean": task.xcom_pull(task_ids=["clean"]), **facts}
