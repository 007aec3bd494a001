"""The pipeline: one list of steps, run by the command line here and rendered as a DAG by Airflow.

Steps speak to each other through the lake and the warehouse only, never in memory, so each one can
be run alone, killed, and run again.
"""

import logging
import os
import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from emr_staging.limits import TARGET_FILE_MB, Limits
from orchestration import basis
from orchestration import build as dbt_build
from orchestration import reconcile as reconciliation
from orchestration.load import load_into
from orchestration.overdue import find_overdue
from orchestration.settings import SettingsError, effective, normalize_settings
from orchestration.targets import LOCAL, open_warehouse
from orchestration.warehouse import Warehouse
from orchestration.workspace import Workspace

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
Facts = dict[str, Any]  # what a step reports of itself; JSON

ENGINES = ("sail", "spark")


def check_engine(engine: str) -> None:
    """Raise SettingsError unless normalize has this engine."""
    if engine not in ENGINES:
        raise SettingsError(f"--engine {engine}: choose one of {', '.join(ENGINES)}")


def new_run_id() -> str:
    """An id that sorts by time: `20260630T060000Z-1a2b3c`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass(frozen=True)
class Run:
    """One run of the pipeline: what it reads, where it writes, and its settings."""

    workspace: Workspace
    source: Any = None  # an ingestion Source; only land needs it
    settings: Facts = field(default_factory=dict)
    engine: str = "sail"
    full: bool = False
    target: str = LOCAL
    target_file_mb: float = TARGET_FILE_MB  # of the files that normalize writes
    landings: tuple[str, ...] | None = None  # clean only these landing ids; None: all that wait
    run_id: str = field(default_factory=new_run_id)

    def open_warehouse(self) -> Warehouse:
        """A connection to the warehouse that this run fills; close it. Raises LoadError."""
        return open_warehouse(self.workspace, self.target)


@dataclass(frozen=True)
class Step:
    """One step: its name, what it does, what must be done before it, and how often it may retry."""

    name: str
    label: str
    function: Callable[[Run, Progress], Facts]
    upstream: tuple[str, ...] = ()
    retries: int = 0


def land(run: Run, progress: Progress) -> Facts:
    """Copy every new or changed file of the source into the lake, verified."""
    from ingestion.land import land as land_files

    return land_files(run.source, run.workspace.store, run.run_id, progress).facts()


def clean(run: Run, progress: Progress) -> Facts:
    """Clean every landed file that has no ledger yet."""
    from ingestion.cards import card_key
    from ingestion.clean import clean_new
    from ingestion.settings import read_settings

    settings = read_settings(run.workspace.store, card_key(run.workspace.secrets))
    workers = os.cpu_count() or 1
    ledgers = clean_new(run.workspace.store, settings, workers, progress, run.landings)
    return {
        "files": len(ledgers),
        "rows_loaded": sum(ledger["counts"]["loaded"] for ledger in ledgers),
        "rows_rejected": sum(ledger["counts"]["rejected"] for ledger in ledgers),
        "quarantined": [
            {name: ledger[name] for name in ("path", "reason", "message")}
            for ledger in sorted(ledgers, key=lambda ledger: ledger["path"])
            if ledger["status"] == "quarantined"
        ],
    }


def report(run: Run, progress: Progress) -> Facts:
    """Write the operators' reports of what was cleaned since the last time."""
    from ingestion.report import write_reports
    from ingestion.report_drive import publish_reports

    sent = 0

    def publish(pages: list[str]) -> None:
        nonlocal sent
        progress(1, 2)
        sent = publish_reports(run.workspace.store, pages)

    pages = write_reports(run.workspace.store, publish)
    progress(2, 2)
    return {"pages": len(pages), "pages_sent": sent}


def normalize(run: Run, progress: Progress) -> Facts:
    """Rebuild the business dates that new, corrected or withdrawn files touch."""
    from emr_staging.engine import spark_session
    from emr_staging.normalize import normalize as normalize_lake

    settings = normalize_settings(run.settings)
    limits = Limits.of_files(run.target_file_mb)
    with spark_session(run.engine) as spark:
        done = normalize_lake(
            *(spark, run.workspace.store, run.run_id, settings, run.full),
            progress=progress,
            limits=limits,
        )
    return asdict(done)


def load(run: Run, progress: Progress) -> Facts:
    """Put the business dates that changed into the warehouse, in one transaction."""
    done = load_into(run.open_warehouse(), run.workspace.store, run.full)
    progress(1, 1)
    return asdict(done)


def build(run: Run, progress: Progress, record: bool = True) -> Facts:
    """Build and test the marts, unless they were built from just these rows and definitions.

    Without `record` the snapshots stay as they are.
    """
    work = begin_build(run)
    if not work.is_needed:
        return {"unchanged": True}
    full = work.is_full
    built = dbt_build.build(run.workspace, run.target, run.settings, full, progress, record)
    end_build(run, work.basis)
    return asdict(built) | {"full": full}


def begin_build(run: Run) -> basis.Work:
    """What a build has to do; the marts are in doubt until `end_build`. Raises AsOfError."""
    with closing(run.open_warehouse()) as warehouse:
        warehouse.create_tables()
        return basis.begin(warehouse, run.settings, run.full)


def end_build(run: Run, found: basis.Basis) -> None:
    """Say that the marts stand, built from the basis that `begin_build` found."""
    with closing(run.open_warehouse()) as warehouse:
        basis.remember(warehouse, found)


def publish(run: Run, progress: Progress) -> Facts:
    """Write the docs site of the marts."""
    path = dbt_build.write_docs(run.workspace, run.target, run.settings)
    progress(1, 1)
    return {"docs": path}


def reconcile(run: Run, progress: Progress) -> Facts:
    """Account for every file, row and cent from the ledgers to the marts."""
    facts = reconciliation.reconcile(run.workspace, run.target)
    progress(1, 1)
    return facts


def control(run: Run, progress: Progress) -> Facts:
    """Find the business dates that restaurants should have delivered by now; no failure."""
    values = effective(run.settings)
    as_of = date.fromisoformat(values["as_of_date"]) if values["as_of_date"] else None
    overdue = find_overdue(run.workspace.store, values, as_of, datetime.now(UTC))
    progress(1, 1)
    return {"overdue": overdue}


STEPS = (
    Step("land", "Landing files", land, retries=2),
    Step("clean", "Cleaning files", clean, ("land",), retries=2),
    Step("report", "Reporting to operators", report, ("clean",), retries=2),
    Step("normalize", "Normalizing rows", normalize, ("clean",), retries=1),
    Step("load", "Loading the warehouse", load, ("normalize",), retries=1),
    Step("build", "Building and testing marts", build, ("load",)),
    Step("publish", "Publishing docs", publish, ("build",), retries=1),
    Step("reconcile", "Reconciling", reconcile, ("build",)),
    Step("control", "Controlling deliveries", control, ("normalize",), retries=1),
)
