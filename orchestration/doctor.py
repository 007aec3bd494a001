"""What is configured, what is missing, and how to mend it."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from orchestration.load import LoadError, connect
from orchestration.settings import read_defaults
from orchestration.workspace import Workspace, WorkspaceError, open_workspace

PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "pyspark", "pysail", "google-auth", "boto3")
FREE_GB = 2


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `ok`, what was found, and what to do when it is not."""

    what: str
    ok: bool
    found: str
    remedy: str = ""


def examine(root: Path) -> list[Finding]:
    """Look at this machine, the workspace, the source's credentials and the engines."""
    findings = [_python(), *_packages()]
    try:
        workspace = open_workspace(root) if root.exists() else Workspace(root.absolute())
    except WorkspaceError as error:
        return [*findings, Finding("workspace", False, str(error), "see the message")]
    findings += [_workspace(workspace), _warehouse(workspace), _dbt_project()]
    return [*findings, *_drive(), _java()]


def findings_table(findings: list[Finding]) -> Table:
    """The findings as a table for a terminal."""
    table = Table("", "what", "found", "what to do")
    for f in findings:
        mark = "[green]ok[/green]" if f.ok else "[red]mend[/red]"
        table.add_row(mark, f.what, escape(f.found), "" if f.ok else escape(f.remedy))
    return table


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info < (3, 14)
    return Finding("python", fits, version, "use Python 3.11, 3.12 or 3.13")


def _packages() -> Iterator[Finding]:
    for package in PACKAGES:
        try:
            yield Finding(package, True, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(package, False, "not installed", "run `make demo` or `pip install -e .`")


def _workspace(workspace: Workspace) -> Finding:
    existing = next(p for p in (workspace.root, *workspace.root.parents) if p.exists())
    free = shutil.disk_usage(existing).free / 1e9
    found = f"{workspace.root}, lake {workspace.lake}, {free:.0f} GB free"
    if not workspace.root.exists():
        found += " (will be made by the first run)"
    writable = os.access(existing, os.W_OK)
    return Finding(
        "workspace", writable and free > FREE_GB, found, "name another folder with --workspace"
    )


def _warehouse(workspace: Workspace) -> Finding:
    if not workspace.warehouse.exists():
        return Finding("warehouse", True, "none yet: `franchise run` makes it")
    try:
        connection = connect(workspace.warehouse, read_only=True)
    except LoadError as error:
        return Finding("warehouse", False, str(error), "wait for the other run to end")
    query = "select count(*) from information_schema.tables where table_schema = 'marts'"
    marts = connection.execute(query).fetchone()[0]
    connection.close()
    return Finding("warehouse", True, f"{workspace.warehouse} with {marts} marts")


def _dbt_project() -> Finding:
    try:
        return Finding("dbt project", True, f"{len(read_defaults())} settings")
    except (OSError, KeyError) as error:
        return Finding("dbt project", False, str(error), "install the whole repository")


def _drive() -> Iterator[Finding]:
    from ingestion.drive_auth import describe_auth

    for what, ok, found, remedy in describe_auth():
        yield Finding(f"drive: {what}", ok, found, remedy)


def _java() -> Finding:
    from emr_staging.java import find_java

    java = find_java()
    found = str(java) if java else "none (only --engine spark needs one)"
    return Finding("java", True, found)
