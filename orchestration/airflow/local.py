"""The steps on this machine: each task calls the step's function in its own process."""

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from airflow.sdk import get_current_context, task

from ingestion.clean import waiting
from ingestion.land import open_source
from orchestration.airflow import marts
from orchestration.airflow.alerts import report_overdue
from orchestration.airflow.dates import as_of
from orchestration.airflow.platform import chosen, required, workspace
from orchestration.airflow.report import MARTS, compose
from orchestration.basis import Basis
from orchestration.build import release_warehouse
from orchestration.pipeline import STEPS, Facts, Run, begin_build, end_build
from orchestration.workspace import open_workspace

log = logging.getLogger(__name__)

STEP = {step.name: step for step in STEPS}
TARGET = "local"  # of profiles.yml
POOL = "warehouse"  # one slot: the warehouse file has one writer
FILES_PER_TASK = 200
MACROS = {"as_of": as_of}  # what the tasks' templates may call


def land() -> Any:
    """The task `land`; gives the landing ids that wait to be cleaned, in batches."""
    return in_worker("land", _land)


def clean(found: Any) -> Any:
    """One task `clean` per batch of landing ids; none when nothing waits."""
    return task(**common("clean"))(_clean).expand(landings=found)


def report() -> Any:
    """The task `report`; it tells operators of what was cleaned though another batch failed."""
    return in_worker("report", trigger_rule="all_done")


def normalize() -> Any:
    """The task `normalize`; it also runs when there was nothing to clean."""
    return in_worker("normalize", trigger_rule="none_failed")


def load() -> Any:
    """The task `load`; it also says whether the marts are to be built from nothing."""
    return in_worker("load", load_rows, pool=POOL)


def build() -> Any:
    """The task group `build`: a task per model and its tests."""
    environment = {
        "FRANCHISE_WAREHOUSE": str(workspace().warehouse),
        "FRANCHISE_CONNECT_ATTEMPTS": "8",  # of tasks that were cleared, each a dbt of its own
    }
    return marts.dbt_tasks(TARGET, environment, {"pool": POOL})


def publish() -> Any:
    """The task `publish`."""
    return in_worker("publish", publish_docs, pool=POOL)


def reconcile() -> Any:
    """The task `reconcile`; its output is the run report, and it announces the marts."""
    return in_worker("reconcile", reconcile_run, pool=POOL, outlets=[MARTS])


def control() -> Any:
    """The task `control`; no other task waits for it."""
    return in_worker("control", control_deliveries)


def notify(subject: str, message: str) -> None:
    """Tell people: here, by the log."""
    log.warning("%s\n%s", subject, message)


def batches(landings: list[Any]) -> list[list[Any]]:
    """What waits to be cleaned, in batches of one task's work."""
    return [landings[i : i + FILES_PER_TASK] for i in range(0, len(landings), FILES_PER_TASK)]


def this_run() -> Run:
    """The pipeline's run that the current task belongs to, with the settings of its DAG run."""
    context = get_current_context()
    counted = as_of(context["dag_run"], context["params"])
    settings = {"as_of_date": counted} if counted else {}
    place = open_workspace(workspace().root)
    full = context["params"]["full"]
    return Run(place, settings=settings, full=full, target=chosen().TARGET)


def common(name: str) -> dict[str, Any]:
    """What every task of a step has, wherever it runs: its id, retries and description."""
    step = STEP[name]
    return {"task_id": name, "retries": step.retries, "doc_md": step.function.__doc__}


def in_worker(name: str, function: Callable[..., Any] | None = None, **options: Any) -> Any:
    """The task of a step whose function is called in the worker's process."""

    def call() -> Any:
        return function() if function else _run(name, this_run())

    return task(**common(name), **options)(call)()


def load_rows() -> Facts:
    """Load, and find what the marts are going to be built from."""
    run = this_run()
    loaded, work = _run("load", run), begin_build(run)
    return loaded | {"full": work.is_full, "basis": asdict(work.basis)}


def publish_docs() -> Facts:
    """Publish; forget what a build on the command line compiled, for Cosmos compiles elsewhere."""
    run = this_run()
    (run.workspace.dbt / "target" / "manifest.json").unlink(missing_ok=True)
    return _run("publish", run)


def reconcile_run() -> Facts:
    """Reconcile; the run report."""
    run = this_run()
    release_warehouse()  # in `dag.test()` the models' dbt ran in this process
    report = compose(run, _run("reconcile", run))
    end_build(run, Basis(**report["steps"]["load"]["basis"]))
    return report


def control_deliveries() -> Facts:
    """Find the deliveries that are overdue; tell of those that nobody was told of yet."""
    run = this_run()
    facts = _run("control", run)
    report_overdue(run.workspace.store, facts["overdue"])
    return facts


def _run(name: str, run: Run) -> Facts:
    return STEP[name].function(run, _say)


def _land() -> list[list[str]]:
    source = required("FRANCHISE_SOURCE", "a folder's path or drive:FOLDER_ID")
    run = replace(this_run(), source=open_source(source))
    get_current_context()["ti"].xcom_push(key="facts", value=_run("land", run))
    return batches(sorted(waiting(run.workspace.store)))


def _clean(landings: list[str]) -> Facts:
    return _run("clean", replace(this_run(), landings=tuple(landings)))


def _say(done: int, total: int) -> None:
    log.info("%s of %s", done, total)
