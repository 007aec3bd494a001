"""Commands that run the pipeline: the whole of it, or one step."""

from pathlib import Path
from typing import Any

import typer

from emr_staging.limits import TARGET_FILE_MB
from ingestion.known_folders import OtherFolderError
from ingestion.land import open_source
from orchestration.backfill import backfill_steps, parse_range
from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    AsOf,
    Engine,
    FileSize,
    From,
    Full,
    Source,
    Target,
    To,
    Var,
    WorkspaceOption,
    complain,
    console,
    usage_errors,
)
from orchestration.exit_codes import FAILED, USAGE
from orchestration.pipeline import STEPS, Run, Step, check_engine
from orchestration.run import RunFailedError, execute, exit_code
from orchestration.settings import SettingsError, parse_settings
from orchestration.summary import print_summary
from orchestration.targets import LOCAL, check_target
from orchestration.workspace import check_apart, open_workspace

steps = typer.Typer()

SETUP_ERRORS = (SettingsError, OtherFolderError)


@steps.command()
def run(
    source: Source,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_of: AsOf = None,
    first: From = None,
    last: To = None,
    var: Var = None,
    full: Full = False,
    engine: Engine = "sail",
    target: Target = LOCAL,
    target_file_mb: FileSize = TARGET_FILE_MB,
) -> None:
    """Run every step, from the delivered files to tested marts.

    With --from and --to the marts are built as of each date of the range, oldest first, so that
    tiers and segments in time come out as if a run had ended on each of them.

    Example: franchise run --source ./deliveries --workspace ./workspace --var at_risk_days=60
    """
    names = [step.name for step in STEPS]
    with usage_errors():
        dates = parse_range(first, last, parse_settings(var or [], as_of))
    listed = backfill_steps(dates) if dates else STEPS
    _execute(names, workspace, source, as_of, var, full, engine, target, target_file_mb, listed)


@steps.command()
def land(source: Source, workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Copy every new or changed file of the source into the lake.

    Example: franchise land --source drive:1AbCdEf
    """
    _execute(["land"], workspace, source)


@steps.command()
def clean(workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Clean every landed file that was not cleaned yet, and write the operators' reports.

    Example: franchise clean
    """
    _execute(["clean", "report"], workspace)


@steps.command()
def normalize(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    var: Var = None,
    full: Full = False,
    engine: Engine = "sail",
    target_file_mb: FileSize = TARGET_FILE_MB,
) -> None:
    """Rebuild the business dates that new, corrected or withdrawn files touch.

    Example: franchise normalize --engine spark
    """
    _execute(
        ["normalize"], workspace, var=var, full=full, engine=engine, target_file_mb=target_file_mb
    )


@steps.command()
def load(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE, full: Full = False, target: Target = LOCAL
) -> None:
    """Put the business dates that changed into the warehouse.

    Example: franchise load
    """
    _execute(["load"], workspace, full=full, target=target)


@steps.command()
def build(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_of: AsOf = None,
    var: Var = None,
    full: Full = False,
    target: Target = LOCAL,
) -> None:
    """Build, test, document and reconcile the marts.

    Example: franchise build --as-of 2026-03-31
    """
    names = ["build", "publish", "reconcile"]
    _execute(names, workspace, None, as_of, var, full, target=target)


def run_steps(plan: Run, names: list[str], listed: tuple[Step, ...] = STEPS) -> dict[str, Any]:
    """Run the named steps; the run report. A failed step ends the command with exit code 1.

    With 2 when it failed for a setting or a source that only the lake or its rows could refuse.
    """
    try:
        return execute(plan, names, console, listed)
    except RunFailedError as error:
        complain(str(error))
        code = USAGE if isinstance(error.__cause__, SETUP_ERRORS) else FAILED
        raise typer.Exit(code) from error


def _execute(
    names: list[str],
    workspace: Path,
    source: str | None = None,
    as_of: str | None = None,
    var: list[str] | None = None,
    full: bool = False,
    engine: str = "sail",
    target: str = LOCAL,
    target_file_mb: float = TARGET_FILE_MB,
    listed: tuple[Step, ...] = STEPS,
) -> None:
    """Check everything that was given, then run the steps; nothing is written before that."""
    with usage_errors():
        settings = parse_settings(var or [], as_of)
        check_engine(engine)
        check_target(target)
        opened = open_source(source) if source is not None else None
        check_apart(getattr(opened, "folder", None), workspace)
        opened_workspace = open_workspace(workspace)
        plan = Run(opened_workspace, opened, settings, engine, full, target, target_file_mb)
    report = run_steps(plan, names, listed)
    print_summary(console, plan.workspace, report)
    raise typer.Exit(exit_code(report))
