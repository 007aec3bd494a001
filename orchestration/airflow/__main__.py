"""`python -m orchestration.airflow`: Airflow on this machine, and what its DAG is rendered from."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from orchestration.airflow import platform
from orchestration.airflow.manifest import write_manifest
from orchestration.airflow.start import StartError, serve
from orchestration.commands.options import Port, WorkspaceOption, complain, usage_errors
from orchestration.exit_codes import USAGE
from orchestration.workspace import open_workspace

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
ERRORS = (platform.InstallationError, StartError)


@app.command()
def start(
    workspace: WorkspaceOption = Path("workspace"),
    source: Annotated[
        str | None,
        typer.Option(help="A folder or drive:FOLDER_ID; without one: the simulated franchise."),
    ] = None,
    port: Port = 8080,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Start the run of every morning by itself.")
    ] = False,
) -> None:
    """Start Airflow on 127.0.0.1 with the DAG daily_elt, until Ctrl+C.

    Example: python -m orchestration.airflow start --source ./deliveries
    """
    with usage_errors():
        serve(open_workspace(workspace), source, port, schedule)


@app.command()
def manifest() -> None:
    """Make the manifest that the DAG's tasks are rendered from, in FRANCHISE_WORKSPACE.

    Example: FRANCHISE_WORKSPACE=/srv/franchise python -m orchestration.airflow manifest
    """
    typer.echo(write_manifest(platform.workspace(), platform.chosen().TARGET))


def main() -> None:
    """Entry point: what is wrong with the set-up is one line and exit code 2."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except (*ERRORS, typer.TyperException) as error:
        complain(f"error: {error}")
        sys.exit(USAGE)


if __name__ == "__main__":
    main()
