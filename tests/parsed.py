"""The dbt project parsed once per process of pytest: dbt begins with it wherever a test says so.

A first run in a workspace spends most of dbt's time on the parse. dbt itself sees whether this one
fits the project, the target and the warehouse's name, and parses anew what differs.
"""

import functools
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from orchestration.workspace import DBT_PROJECT

FOLDERS = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]


@dataclass(frozen=True)
class Parsed:
    """dbt's manifest, and its target folder, which is removed when the process ends."""

    manifest: Any
    folder: tempfile.TemporaryDirectory

    @property
    def target(self) -> Path:
        return Path(self.folder.name)


@functools.cache
def parsed_project() -> Parsed:
    """The project as it is, under the settings that it comes with."""
    folder = tempfile.TemporaryDirectory(prefix="parsed-")
    return Parsed(parse(folder.name), folder)


def parse(target: str, *options: str) -> Any:
    """Parse the project from nothing, for the local target; its manifest."""
    from dbt.cli.main import dbtRunner

    outputs = ["--target-path", target, "--log-path", target, "--target", "local"]
    with mock.patch.dict(os.environ, {"FRANCHISE_WAREHOUSE": "warehouse.duckdb"}):
        done = dbtRunner().invoke(["--log-level", "none", "parse", *FOLDERS, *outputs, *options])
    assert done.success, done.exception
    return done.result


def parsed_environment() -> dict[str, str]:
    """The variable by which dbt, in this process or another, begins with the parsed project."""
    return {"DBT_PARTIAL_PARSE_FILE_PATH": str(parsed_project().target / "partial_parse.msgpack")}
