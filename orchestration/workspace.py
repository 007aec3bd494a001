"""Where one installation keeps its things: the lake, the warehouse, the sites and the reports."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lake.errors import LakePathError
from lake.store import Store, check_path, open_store

DBT_PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"


class WorkspaceError(Exception):
    """The workspace cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Workspace:
    """A folder of results: `lake/`, `warehouse.duckdb`, `site/`, `reports/`, `secrets/`, `dbt/`.

    The lake may be elsewhere (`s3://bucket/prefix`) by the variable FRANCHISE_LAKE.
    """

    root: Path

    @property
    def lake(self) -> str:
        return os.environ.get("FRANCHISE_LAKE") or str(self.root / "lake")

    @cached_property
    def store(self) -> Store:
        return open_store(self.lake)

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def docs(self) -> Path:
        return self.root / "site" / "docs" / "index.html"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def drive(self) -> Path:
        """What the demo's operators delivered."""
        return self.root / "drive"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def dbt(self) -> Path:
        """dbt's own files: compiled SQL, manifest, logs."""
        return self.root / "dbt"


def open_workspace(root: Path) -> Workspace:
    """The workspace in `root`, made when missing.

    Raises WorkspaceError when the folder cannot be made or written to, or be that of a lake.
    """
    root = Path(root).absolute()
    try:
        check_path(Workspace(root).lake)
    except LakePathError as error:
        raise WorkspaceError(f"{error} Name the workspace with --workspace.") from error
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorkspaceError(
            f"the workspace {root} cannot be made: {error.strerror}. "
            "Name a folder that you may write to with --workspace."
        ) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise WorkspaceError(
            f"the workspace {root} cannot be written to. "
            "Name a folder that you may write to with --workspace."
        )
    return Workspace(root)


def existing_workspace(root: Path, target: str = "local") -> Workspace:
    """The workspace of a run that has been. Raises WorkspaceError when there is none in `root`."""
    workspace = Workspace(Path(root).absolute())
    if target == "local" and not workspace.warehouse.is_file():
        raise WorkspaceError(
            f"there is no warehouse at {workspace.warehouse}. Run `make demo` or `franchise run` "
            "first, or name the workspace with --workspace."
        )
    return workspace


def existing_lake(root: Path) -> Store:
    """The lake of the workspace in `root`, with or without a warehouse beside it.

    Raises WorkspaceError when there is no such folder; a lake in S3 is asked nothing.
    """
    workspace = Workspace(Path(root).absolute())
    if not workspace.lake.startswith("s3://") and not Path(workspace.lake).is_dir():
        raise WorkspaceError(
            f"there is no lake at {workspace.lake}. Name the workspace with --workspace, or the "
            "lake with the variable FRANCHISE_LAKE."
        )
    return workspace.store


def check_apart(folder: Path | None, root: Path) -> None:
    """Raise WorkspaceError when results would lie below the source and be read as deliveries."""
    if folder is None:
        return
    folder, root = folder.resolve(), root.resolve()
    if root == folder or folder in root.parents:
        raise WorkspaceError(
            f"the workspace {root} lies inside the source {folder}: its files would be taken for "
            "deliveries. Name a folder beside the source with --workspace."
        )
