"""The dbt project compiled for its redshift target without any database."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

PROJECT = Path(__file__).resolve().parents[1] / "dbt_project"
KINDS = ("model", "test", "snapshot")


class CompileError(Exception):
    """The project does not compile for Redshift, or wants the database while it compiles."""


def compile_project(target_path: Path, existing: bool = False) -> list[tuple[str, str]]:
    """(kind and name, SQL) of every model, data test and snapshot, as dbt sends it to Redshift.

    With `existing`, dbt believes that every relation is there already, as a table: incremental
    models then compile to their incremental form. Raises CompileError.
    """
    from dbt.cli.main import dbtRunner

    arguments = ["compile", "--target", "redshift", "--no-introspect", "--no-populate-cache"]
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    outputs = ["--target-path", str(target_path), "--log-path", str(target_path / "logs")]
    quiet = ["--log-level", "none", "--no-send-anonymous-usage-stats"]
    with _no_database(existing):
        done = dbtRunner().invoke([*quiet, *arguments, *folders, *outputs])
    if done.exception is not None:
        raise CompileError(f"the project does not compile for redshift: {done.exception}")
    failed = [f"{r.node.name}: {r.message}" for r in done.result if str(r.status) != "success"]
    if failed:
        raise CompileError("\n".join(failed))
    nodes = [r.node for r in done.result if str(r.node.resource_type) in KINDS]
    return [(f"{n.resource_type} {n.name}", n.compiled_code) for n in nodes if n.compiled_code]


@contextlib.contextmanager
def _no_database(existing: bool) -> Iterator[None]:
    """dbt with the metadata of an empty, or of a full, database and without a connection."""
    from dbt.adapters.redshift import RedshiftAdapter
    from dbt.adapters.redshift.connections import RedshiftConnectionManager

    def relation(self: Any, database: str, schema: str, identifier: str) -> Any:
        path = {"database": database, "schema": schema, "identifier": identifier}
        return self.Relation.create(**path, type="table") if existing else None

    def refuse(_connection: Any) -> Any:
        raise CompileError("a model asks the database something while it compiles")

    environment = {"FRANCHISE_WAREHOUSE": "unused", "DO_NOT_TRACK": "1"}
    with (
        mock.patch.dict(os.environ, environment),
        mock.patch.object(RedshiftAdapter, "get_relation", relation),
        mock.patch.object(RedshiftConnectionManager, "open", refuse),
    ):
        yield
