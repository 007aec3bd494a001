"""The command `franchise`: the pipeline's steps, and a look at what they made."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import click
import typer
from ingestion.land import SourceError, open_source
from rich.console import Console

from orchestration import browse
from orchestration.doctor import examine, findings_table
from orchestration.load import LoadError
from orchestration.pipeline import STEPS, Run, check_engine
from orchestration.run import RunFailedError, execute
from orchestration.settings import SettingsError, parse_settings
from orchestration.summary import print_summary
from orchestration.workspace import WorkspaceError, open_workspace

OK, FAILED, USAGE, QUARANTINED = 0, 1, 2, 3
USAGE_ERRORS = (SettingsError, WorkspaceError, SourceError, browse.BrowseError, LoadError)

app = typer.Typer(
    help="Operators' daily order files become correct, reconciled metrics.\n\n"
    "Exit codes: 0 done; 1 a step failed; 2 wrong usage or set-up, nothing was written; "
    "3 done, but files are quarantined (they are listed).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console()
errors = Console(stderr=True)

SOURCE_HELP = "A folder (every file below it is a delivery), or drive:FOLDER_ID."
Source = Annotated[str, typer.Option(envvar="FRANCHISE_SOURCE", help=SOURCE_HELP)]
WorkspaceOption = Annotated[
    Path,
    typer.Option(envvar="FRANCHISE_WORKSPACE", help="Where the lake, warehouse and reports are."),
]
AsOf = Annotated[str | None, typer.Option(help="Last business date to count, YYYY-MM-DD.")]
Var = Annotated[list[str] | None, typer.Option(help="A setting, name=value; repeat as needed.")]
Full = Annotated[bool, typer.Option("--full", help="Rebuild from nothing instead of the changes.")]
Engine = Annotated[str, typer.Option(help="Engine of normalize: sail (no Java) or spark.")]
DEFAULT_WORKSPACE = Path("workspace")


@app.command()
def run(
    source: Source,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_of: AsOf = None,
    var: Var = None,
    full: Full = False,
    engine: Engine = "sail",
) -> None:
    """Run every step, from the delivered files to tested marts.

    Example: franchise run --source ./deliveries --workspace ./workspace --var at_risk_days=60
    """
    _execute([s.name for s in STEPS], workspace, source, as_of, var, full, engine)


@app.command()
def land(source: Source, workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Copy every new or changed file of the source into the lake.

    Example: franchise land --source drive:1AbCdEf
    """
    _execute(["land"], workspace, source)


@app.command()
def clean(workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Clean every landed file that was not cleaned yet.

    Example: franchise clean
    """
    _execute(["clean"], workspace)


@app.command()
def normalize(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    var: Var = None,
    full: Full = False,
    engine: Engine = "sail",
) -> None:
    """Rebuild the business dates that new, corrected or withdrawn files touch.

    Example: franchise normalize --engine spark
    """
    _execute(["normalize"], workspace, var=var, full=full, engine=engine)


@app.command()
def load(workspace: WorkspaceOption = DEFAULT_WORKSPACE, full: Full = False) -> None:
    """Put the business dates that changed into the warehouse.

    Example: franchise load
    """
    _execute(["load"], workspace, full=full)


@app.command()
def build(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_of: AsOf = None,
    var: Var = None,
    full: Full = False,
) -> None:
    """Build, test, document and reconcile the marts.

    Example: franchise build --as-of 2026-03-31
    """
    _execute(["build", "publish", "reconcile"], workspace, None, as_of, var, full)


@app.command()
def show(
    mart: str,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
) -> None:
    """Print rows of a mart.

    Example: franchise show customer_clv --limit 5
    """
    with _usage_errors():
        console.print(browse.table(workspace.absolute() / "warehouse.duckdb", mart, limit))


@app.command()
def export(
    mart: str,
    out: Annotated[Path, typer.Option(help="file.csv or file.parquet")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Write a whole mart to a CSV or Parquet file.

    Example: franchise export customer_churn --out churn.csv
    """
    with _usage_errors():
        rows = browse.export(workspace.absolute() / "warehouse.duckdb", mart, out)
    console.print(f"{rows:,} rows of {mart} in {out}")


@app.command()
def doctor(workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Say what is configured, what is missing, and how to mend it.

    Example: franchise doctor
    """
    findings = examine(workspace)
    console.print(findings_table(findings))
    raise typer.Exit(OK if all(f.ok for f in findings) else FAILED)


def main() -> None:
    """Entry point: every error of usage or set-up is one line on standard error and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        code = 130
    except click.ClickException as error:
        code = _complain(error.format_message())
    sys.exit(code or OK)


def _complain(message: str) -> int:
    errors.print(f"error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
    return USAGE


@contextlib.contextmanager
def _usage_errors() -> Iterator[None]:
    try:
        yield
    except USAGE_ERRORS as error:
        raise click.UsageError(str(error)) from error


def _execute(
    steps: list[str],
    workspace: Path,
    source: str | None = None,
    as_of: str | None = None,
    var: list[str] | None = None,
    full: bool = False,
    engine: str = "sail",
) -> None:
    """Check everything that was given, then run the steps; nothing is written before that."""
    with _usage_errors():
        settings = parse_settings(var or [], as_of)
        check_engine(engine)
        opened = open_source(source) if source is not None else None
        plan = Run(open_workspace(workspace), opened, settings, engine, full)
    try:
        report = execute(plan, steps, console)
    except RunFailedError as error:
        errors.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(FAILED) from error
    print_summary(console, plan.workspace, report)
    raise typer.Exit(QUARANTINED if report.get("quarantined") else OK)


if __name__ == "__main__":
    main()
