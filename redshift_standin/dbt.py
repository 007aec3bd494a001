"""dbt on the target `redshift`, in this process."""

import os
from pathlib import Path
from typing import Any
from unittest import mock

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"


class DbtError(Exception):
    """dbt failed; the message names every node that did, with the warehouse's words."""


def run_dbt(arguments: list[str], target_path: Path, target: str = "redshift") -> list[Any]:
    """Run one dbt command; return the results of its nodes. Raises DbtError."""
    from dbt.cli.main import dbtRunner

    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    outputs = ["--target-path", str(target_path), "--log-path", str(target_path / "logs")]
    quiet = ["--log-level", "none", "--no-send-anonymous-usage-stats"]
    unused = {"FRANCHISE_WAREHOUSE": os.environ.get("FRANCHISE_WAREHOUSE", "unused")}
    with mock.patch.dict(os.environ, {"DO_NOT_TRACK": "1"} | unused):
        done = dbtRunner().invoke([*quiet, *arguments, "--target", target, *folders, *outputs])
    if done.exception is not None:
        raise DbtError(f"dbt {arguments[0]} could not run: {done.exception}")
    results = list(done.result) if hasattr(done.result, "__iter__") else []
    failed = [r for r in results if str(r.status) in ("error", "fail", "runtime error")]
    if failed:
        raise DbtError("\n".join(f"{r.node.name}: {' '.join(r.message.split())}" for r in failed))
    return results
