"""What the commands share: options, and errors that are one line."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from emr_staging.errors import NormalizeError
from ingestion.land import SourceError
from ingestion.replay import ReplayError
from orchestration.browse import BrowseError
from orchestration.lineage import LineageError
from orchestration.load import LoadError
from orchestration.settings import SettingsError
from orchestration.workspace import WorkspaceError

USAGE_ERRORS = (
    SettingsError,
    WorkspaceError,
    SourceError,
    BrowseError,
    LoadError,
    NormalizeError,
    ReplayError,
    LineageError,
)

console = Console()
errors = Console(stderr=True)

Source = Annotated[
    str,
    typer.Option(
        envvar="FRANCHISE_SOURCE",
        help="A folder (every file below it is a delivery), drive:FOLDER_ID, or folder:NAME:PATH "
        "for several folders in one lake.",
    ),
]
WorkspaceOption = Annotated[
    Path,
    typer.Option(envvar="FRANCHISE_WORKSPACE", help="Where the lake, warehouse and reports are."),
]
From = Annotated[
    str | None, typer.Option("--from", help="Build as of each business date from this one on.")
]
To = Annotated[str | None, typer.Option("--to", help="The last of these dates, YYYY-MM-DD.")]
AsOf = Annotated[str | None, typer.Option(help="Last business date to count, YYYY-MM-DD.")]
Var = Annotated[list[str] | None, typer.Option(help="A setting, name=value; repeat as needed.")]
Full = Annotated[bool, typer.Option("--full", help="Rebuild from nothing instead of the changes.")]
FileSize = Annotated[
    float, typer.Option(min=0.01, help="Wanted size of a business date's files, in MB.")
]
Engine = Annotated[str, typer.Option(help="Engine of normalize: sail (no Java) or spark.")]
Target = Annotated[
    str, typer.Option(envvar="FRANCHISE_TARGET", help="Warehouse: local (DuckDB) or redshift.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")]
DEFAULT_WORKSPACE = Path("workspace")


def complain(message: str) -> None:
    """One red line (or what the message holds) on standard error."""
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)


@contextlib.contextmanager
def usage_errors() -> Iterator[None]:
    """Turn what a user got wrong into an error of the command line: one line, exit code 2."""
    try:
        yield
    except USAGE_ERRORS as error:
        raise typer.TyperException(str(error)) from error
