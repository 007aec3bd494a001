"""Build: `dbt build` in this process, then the analysts' docs site; failures are named."""

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from orchestration.failed_rows import describe
from orchestration.targets import open_warehouse
from orchestration.workspace import DBT_PROJECT, Workspace

Progress = Callable[[int, int], None]

FAILED = {"error", "fail", "runtime error"}


class BuildError(Exception):
    """A model or a test failed; the message names each, with dbt's own words."""


@dataclass(frozen=True)
class Built:
    """How many nodes of each kind (model, test, unit_test, seed, snapshot) succeeded or warned."""

    nodes: dict[str, int]
    warnings: list[str]


def build(
    workspace: Workspace,
    target: str,
    settings: dict[str, Any],
    full: bool,
    progress: Progress | None = None,
    record: bool = True,
) -> Built:
    """Build and test every model in the warehouse; BuildError lists what failed.

    Without `record` the snapshots stay as they are.

    Unit tests are left out: they prove the definitions, under the default settings, in CI.
    """
    arguments = ["build", "--exclude-resource-type", "unit_test", "--vars", json.dumps(settings)]
    arguments += ["--full-refresh"] if full else []
    arguments += [] if record else ["--exclude-resource-type", "snapshot"]
    callbacks = [_node_counter(progress)] if progress else []
    result = run_dbt(workspace, target, arguments, callbacks)
    if result.exception is not None:
        raise BuildError(f"dbt could not start the build: {result.exception}")
    failures = _described(workspace, target, [r for r in result.result if str(r.status) in FAILED])
    if failures:
        raise BuildError("dbt build failed:\n" + "\n".join(failures))
    nodes: dict[str, int] = {}
    for r in result.result:
        kind = str(r.node.resource_type)
        nodes[kind] = nodes.get(kind, 0) + 1
    warned = [r for r in result.result if str(r.status) == "warn"]
    return Built(nodes, _described(workspace, target, warned))


def write_docs(workspace: Workspace, target: str, settings: dict[str, Any]) -> str:
    """Write the docs site as one page that opens from a file; return its path.

    The SQL in it is what the build before has compiled; without one it is compiled now.
    """
    arguments = ["docs", "generate", "--static", "--vars", json.dumps(settings)]
    if (workspace.dbt / "target" / "manifest.json").is_file():
        arguments.append("--no-compile")
    result = run_dbt(workspace, target, arguments)
    if not result.success:
        raise BuildError(f"dbt docs failed: {result.exception}")
    workspace.docs.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(workspace.dbt / "target" / "static_index.html", workspace.docs)
    return str(workspace.docs)


def run_dbt(
    workspace: Workspace,
    target: str,
    arguments: list[str],
    callbacks: Sequence[Callable[[Any], None]] = (),
) -> Any:
    """Run one dbt command in this process, quietly, with its files in the workspace.

    The project is parsed first, without the settings and without the place of the warehouse: they
    decide nothing of it, so dbt needs not parse it again for others. Returns dbt's own result, that
    of the parse when it failed.
    """
    from dbt.cli.main import dbtRunner

    given = {
        "--target": target,
        "--project-dir": DBT_PROJECT,
        "--profiles-dir": DBT_PROJECT,
        "--target-path": workspace.dbt / "target",
        "--log-path": workspace.dbt / "logs",
    }
    options = [str(part) for pair in given.items() for part in pair]
    quiet = ["--log-level", "none", "--no-send-anonymous-usage-stats"]
    with _environment(workspace.warehouse.name):
        parsed = dbtRunner().invoke([*quiet, "--no-write-json", "parse", *options])
    if not parsed.success:
        return parsed
    with _environment(str(workspace.warehouse)):
        runner = dbtRunner(parsed.result, list(callbacks))
        result = runner.invoke([*quiet, *arguments, *options])
    release_warehouse()
    return result


def release_warehouse() -> None:
    """Close what dbt-duckdb, if it ran, keeps open until the process ends: it locks the file."""
    module = sys.modules.get("dbt.adapters.duckdb.connections")
    if module is not None and module.DuckDBConnectionManager._ENV is not None:
        module.DuckDBConnectionManager._ENV.close()
        module.DuckDBConnectionManager._ENV = None


@contextlib.contextmanager
def _environment(warehouse: str) -> Iterator[None]:
    """profiles.yml reads the warehouse's absolute path from the environment; a parse, its name."""
    before = dict(os.environ)
    os.environ["FRANCHISE_WAREHOUSE"] = warehouse
    os.environ["DO_NOT_TRACK"] = "1"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _node_counter(progress: Progress) -> Callable[[Any], None]:
    """A dbt event callback that reports started nodes; dbt announces `index of total` for each."""

    def count(event: Any) -> None:
        if event.info.name == "LogStartLine":
            progress(event.data.index, event.data.total)

    return count


def _described(workspace: Workspace, target: str, results: list[Any]) -> list[str]:
    """Failed nodes in words, with rows that failed."""
    if not results:
        return []
    with contextlib.closing(open_warehouse(workspace, target, read_only=True)) as warehouse:
        return [describe(result, warehouse) for result in results]
