"""Commands for whoever keeps an installation running."""

from typing import Annotated

import typer

from emr_staging.errors import NormalizeError
from emr_staging.vacuum import parse_age
from emr_staging.vacuum import vacuum as vacuum_lake
from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    FAILED,
    OK,
    WorkspaceOption,
    complain,
    console,
    usage_errors,
)
from orchestration.doctor import examine, findings_table
from orchestration.workspace import existing_workspace

upkeep = typer.Typer()


@upkeep.command()
def doctor(workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Say what is configured, what is missing, and how to mend it.

    Example: franchise doctor
    """
    findings = examine(workspace)
    console.print(findings_table(findings))
    raise typer.Exit(OK if all(f.ok for f in findings) else FAILED)


@upkeep.command()
def vacuum(
    older_than: Annotated[str, typer.Option(help="Age of the runs whose files may go: 30d, 12w.")],
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Remove normalized files of old runs that no business date needs any more.

    Example: franchise vacuum --older-than 30d
    """
    with usage_errors():
        age = parse_age(older_than)
        store = existing_workspace(workspace).store
    try:
        done = vacuum_lake(store, age)
    except NormalizeError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error
    console.print(f"{done.files:,} files of {done.runs:,} runs removed, {done.bytes:,} bytes")
