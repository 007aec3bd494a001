"""Commands that look at what the pipeline made: rows of marts, files of marts, the docs site."""

import contextlib
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ingestion.delivery_control import DayStatus
from orchestration import browse
from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    Port,
    Target,
    Var,
    WorkspaceOption,
    console,
    usage_errors,
)
from orchestration.control import find_gaps, gaps_table
from orchestration.exit_codes import FAILED, INCOMPLETE, OK
from orchestration.lineage import LineageError, write_lineage
from orchestration.reconcile import reconcile as account
from orchestration.settings import effective, parse_date, parse_settings
from orchestration.site import serve_site
from orchestration.summary import checks_table, print_missing
from orchestration.targets import LOCAL, check_target, open_warehouse
from orchestration.warehouse import Warehouse
from orchestration.workspace import Workspace, existing_workspace

results = typer.Typer()


@results.command()
def show(
    mart: str,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
    target: Target = LOCAL,
) -> None:
    """Print rows of a mart.

    Example: franchise show customer_clv --limit 5
    """
    with usage_errors(), _reading(workspace, target) as warehouse:
        console.print(browse.table(warehouse, mart, limit, console.width))


@results.command()
def export(
    mart: str,
    out: Annotated[Path, typer.Option(help="file.csv or file.parquet")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    target: Target = LOCAL,
) -> None:
    """Write a whole mart to a CSV or Parquet file.

    Example: franchise export customer_churn --out churn.csv
    """
    with usage_errors(), _reading(workspace, target) as warehouse:
        rows = browse.export(warehouse, mart, out)
    console.print(f"{rows:,} rows of {mart} in {out}")


def _reading(workspace: Path, target: str) -> contextlib.closing[Warehouse]:
    check_target(target)
    place = existing_workspace(workspace, target)
    return contextlib.closing(open_warehouse(place, target, read_only=True))


@results.command()
def reconcile(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    since: Annotated[str | None, typer.Option(help="First business date; 7 days back.")] = None,
    until: Annotated[str | None, typer.Option(help="Judge as at the end of this date.")] = None,
    var: Var = None,
    target: Target = LOCAL,
) -> None:
    """Account for every file, row and cent, and list the days that did not come whole and in time.

    A run's own --var (default_timezone, business_day_start_hour, delivery_deadline_hours) are to be
    given here as well. Ends with 1 when figures disagree, with 3 when days are missing or files are
    held back.

    Example: franchise reconcile --since 2026-06-24 --until 2026-06-30
    """
    with usage_errors():
        check_target(target)
        place = existing_workspace(workspace, target)
        last = parse_date("--until", until) if until else None
        first = parse_date("--since", since) if since else (last or _today()) - timedelta(days=7)
        report = account(place, target)
        gaps = find_gaps(place.store, effective(parse_settings(var or [])), first, last)
    console.print(checks_table(report["checks"]))
    if gaps:
        console.print(gaps_table(gaps))
    print_missing(console, report["quarantined"])
    raise typer.Exit(_code(report, gaps))


def _code(report: dict[str, Any], gaps: list[DayStatus]) -> int:
    if not all(check["ok"] for check in report["checks"]):
        return FAILED
    lost = [gap for gap in gaps if gap.state in ("missing", "held")]
    return INCOMPLETE if lost or report["quarantined"] else OK


def _today() -> date:
    return datetime.now(UTC).date()


@results.command()
def docs(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    port: Port = 8080,
    serve: Annotated[bool, typer.Option(help="Serve, or only write the lineage.")] = True,
) -> None:
    """Serve the docs site and the lineage of the last run on 127.0.0.1, until Ctrl+C.

    Example: franchise docs --port 9000
    """
    place = Workspace(workspace.absolute())
    if not serve:
        with usage_errors():
            console.print(f"Lineage by column: {write_lineage(place)}", soft_wrap=True)
        return
    with usage_errors(), serve_site(place, port) as address:
        console.print(f"The analysts' docs: {address} (Ctrl+C ends)")
        console.print(_lineage(place, address))
        _wait()


def _lineage(place: Workspace, address: str) -> str:
    """Where the lineage by column is, or what is missing for it."""
    try:
        page = write_lineage(place)
    except LineageError as error:
        return str(error)
    return f"Lineage by column:  {address}{page.relative_to(place.docs.parent).parent}/"


def _wait() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
