"""Commands for whoever keeps an installation running."""

import typer

from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    FAILED,
    OK,
    WorkspaceOption,
    console,
)
from orchestration.doctor import examine, findings_table

upkeep = typer.Typer()


@upkeep.command()
def doctor(workspace: WorkspaceOption = DEFAULT_WORKSPACE) -> None:
    """Say what is configured, what is missing, and how to mend it.

    Example: franchise doctor
    """
    findings = examine(workspace)
    console.print(findings_table(findings))
    raise typer.Exit(OK if all(f.ok for f in findings) else FAILED)
