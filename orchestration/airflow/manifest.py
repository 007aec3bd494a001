"""The dbt project's manifest: what the DAG's tasks are rendered from, made when it is deployed."""

import os
import tempfile
from pathlib import Path

from orchestration.airflow.platform import InstallationError
from orchestration.workspace import DBT_PROJECT, Workspace


def find_manifest(workspace: Workspace) -> Path:
    """The manifest's path; InstallationError when it was not made yet."""
    path = _path(workspace)
    if not path.is_file():
        raise InstallationError(
            f"{path} does not exist. Make it: python -m orchestration.airflow manifest"
        )
    return path


def write_manifest(workspace: Workspace, target: str) -> Path:
    """Parse the dbt project for a target; the new manifest replaces the old one at once.

    Raises InstallationError, with the old one unchanged, when the project cannot be parsed.
    """
    from dbt.cli.main import dbtRunner

    path = _path(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("FRANCHISE_WAREHOUSE", str(workspace.warehouse))
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        folders = {"--project-dir": DBT_PROJECT, "--profiles-dir": DBT_PROJECT}
        folders |= {"--target-path": scratch, "--log-path": scratch}
        options = [str(part) for pair in folders.items() for part in pair]
        quiet = ["--log-level", "none", "--no-send-anonymous-usage-stats"]
        done = dbtRunner().invoke([*quiet, "parse", "--target", target, *options])
        if not done.success:
            raise InstallationError(f"the dbt project cannot be parsed: {done.exception}")
        (Path(scratch) / "manifest.json").replace(path)
    return path


def _path(workspace: Workspace) -> Path:
    return workspace.root / "airflow" / "manifest.json"
