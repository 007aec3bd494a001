"""Commands for whoever keeps an installation running."""

from typing import Annotated

import typer

from emr_staging.errors import NormalizeError
from emr_staging.vacuum import parse_age
from emr_staging.vacuum import vacuum as vacuum_lake
from ingestion.replay import Selection
from ingestion.replay import replay as replay_files
from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    WorkspaceOption,
    complain,
    console,
    usage_errors,
)
from orchestration.doctor import examine, findings_table
from orchestration.exit_codes import FAILED, OK
from orchestration.pipeline import new_run_id
from orchestration.workspace import existing_lake

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
        store = existing_lake(workspace)
    try:
        done = vacuum_lake(store, age)
    except NormalizeError as error:
        complain(str(error))
        raise typer.Exit(FAILED) from error
    console.print(f"{done.files:,} files of {done.runs:,} runs removed, {done.bytes:,} bytes")


@upkeep.command()
def replay(
    path: Annotated[
        list[str] | None, typer.Option(help="A file, or a pattern: 'boston/*'.")
    ] = None,
    reason: Annotated[list[str] | None, typer.Option(help="A reason of quarantine.")] = None,
    outdated: Annotated[bool, typer.Option("--outdated", help="Cleaned by older rules.")] = False,
    release: Annotated[bool, typer.Option("--release", help="Let too many bad rows pass.")] = False,
    note: Annotated[str, typer.Option(help="Why; kept with the file.")] = "",
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Have files cleaned again by the next run; `--release` takes those held for bad rows.

    Raw stays untouched. All conditions that are given must hold; give at least one.

    Example: franchise replay --path 'boston-01/*' --release --note 'asked the operator'
    """
    if not (path or reason or outdated):
        raise typer.TyperException("choose files by --path, --reason or --outdated")
    selection = Selection(paths=path or (), reasons=reason or (), outdated=outdated)
    with usage_errors():
        store = existing_lake(workspace)
        found = replay_files(store, selection, new_run_id(), release, note)
    for file in found:
        console.print(
            f"{file.path}: {file.skipped or 'the next run cleans it again'}", markup=False
        )
    raise typer.Exit(OK if any(file.skipped is None for file in found) else FAILED)
