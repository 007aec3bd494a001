"""Commands that look at what the pipeline made: rows of marts, files of marts, the docs site."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration import browse
from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    Port,
    WorkspaceOption,
    console,
    usage_errors,
)
from orchestration.site import serve_site
from orchestration.workspace import Workspace

results = typer.Typer()


@results.command()
def show(
    mart: str,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    limit: Annotated[int, typer.Option(min=1, help="How many rows.")] = 20,
) -> None:
    """Print rows of a mart.

    Example: franchise show customer_clv --limit 5
    """
    with usage_errors():
        warehouse = Workspace(workspace.absolute()).warehouse
        console.print(browse.table(warehouse, mart, limit, console.width))


@results.command()
def export(
    mart: str,
    out: Annotated[Path, typer.Option(help="file.csv or file.parquet")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Write a whole mart to a CSV or Parquet file.

    Example: franchise export customer_churn --out churn.csv
    """
    with usage_errors():
        rows = browse.export(Workspace(workspace.absolute()).warehouse, mart, out)
    console.print(f"{rows:,} rows of {mart} in {out}")


@results.command()
def docs(workspace: WorkspaceOption = DEFAULT_WORKSPACE, port: Port = 8080) -> None:
    """Serve the docs site of the last run on 127.0.0.1, until Ctrl+C.

    Example: franchise docs --port 9000
    """
    with usage_errors(), serve_site(Workspace(workspace.absolute()), port) as address:
        console.print(f"The analysts' docs: {address} (Ctrl+C ends)")
        _wait()


def _wait() -> None:
    import contextlib
    import threading

    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
