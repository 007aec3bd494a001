"""What a dbt build costs: in full, as plain SQL without dbt, and with one more day.

    python -m benchmarks.dbt_build /tmp/bench --years 1 --lines-per-day 5500

makes a warehouse of simulated order lines for each number of years, and prints one JSON object per
warehouse. dbt has one thread, so that what the process spends while a node runs is the node's:
`nodes` is the CPU of all nodes together, `wall` and `cpu` are of the whole command. CPU is user +
sys seconds. The peak is that of the process so far; give one number of years to know it.
"""

import argparse
import json
import resource
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.dbt_feed import add_days, create_feed
from orchestration.build import run_dbt
from orchestration.workspace import Workspace


def main() -> None:
    """Measure each number of years and print the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the warehouses are made; emptied first")
    parser.add_argument("--years", type=int, action="append", required=True)
    parser.add_argument("--lines-per-day", type=int, default=5500)
    parser.add_argument("--customers-per-year", type=int, default=35000, help="new ones")
    parser.add_argument("--without-plain", action="store_true", help="measure dbt alone")
    given = parser.parse_args()
    for years in given.years:
        shutil.rmtree(given.folder, ignore_errors=True)
        size = (years, given.lines_per_day, given.customers_per_year)
        result = measure(given.folder, *size, with_plain=not given.without_plain)
        print(json.dumps(result), flush=True)


def measure(
    folder: Path, years: int, lines_per_day: int, customers_per_year: int, with_plain: bool
) -> dict[str, Any]:
    """Seconds of the full build, of its SQL without dbt, and of one more day."""
    workspace = Workspace(folder / "workspace")
    workspace.root.mkdir(parents=True)
    days = 365 * years
    with duckdb.connect(str(workspace.warehouse)) as connection:
        create_feed(connection, restaurants=60, customers=customers_per_year)
        lines = add_days(connection, 0, days, lines_per_day)
    full = _measure_dbt(workspace, ["--full-refresh"])
    full["peak_mb"] = _peak_mb()
    sql = full.pop("sql")
    plain = _measure_plain(workspace, sql) if with_plain else None
    with duckdb.connect(str(workspace.warehouse)) as connection:
        add_days(connection, days, 1, lines_per_day)
    day = _measure_dbt(workspace, [])
    day.pop("sql")
    return {
        "years": years,
        "lines": lines,
        "full": full,
        "plain": plain,
        "one_more_day": day,
        "full_nodes_per_plain": round(full["nodes"] / plain["cpu"], 2) if plain else None,
        "day_nodes_per_full_nodes": round(day["nodes"] / full["nodes"], 3),
    }


class _NodeClock:
    """A callback of dbt that takes the CPU of the process when a node starts and when it ends."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def __call__(self, event: Any) -> None:
        if event.info.name == "LogStartLine":
            self.seconds[event.data.node_info.node_name] = -time.process_time()
        elif event.info.name == "NodeFinished" and event.data.node_info.node_name in self.seconds:
            self.seconds[event.data.node_info.node_name] += time.process_time()


def _measure_dbt(workspace: Workspace, options: list[str]) -> dict[str, Any]:
    """One `dbt build` of the seeds, models and snapshots, one node after the other."""
    wall, cpu, clock = time.monotonic(), time.process_time(), _NodeClock()
    arguments = ["build", "--threads", "1", "--exclude-resource-type", "test", "unit_test"]
    result = run_dbt(workspace, "local", [*arguments, *options], [clock])
    if not result.success:
        raise SystemExit(f"dbt failed: {[r.message for r in result.result or [] if r.message]}")
    models = [r for r in result.result if r.node.resource_type == "model"]
    seconds = clock.seconds
    slowest = sorted(seconds, key=lambda name: -seconds[name])[:8]
    return {
        "wall": round(time.monotonic() - wall, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "nodes": round(sum(seconds.values()), 2),
        "count": len(seconds),
        "slowest": {name: round(seconds[name], 2) for name in slowest},
        "sql": [
            (r.node.schema, r.node.name, r.node.config.materialized, r.node.compiled_code)
            for r in models
        ],
    }


def _measure_plain(workspace: Workspace, sql: list[tuple[str, str, str, str]]) -> dict[str, float]:
    """The compiled SQL of every model, in dbt's order, in a copy of the warehouse without marts."""
    copy = workspace.root / "plain" / workspace.warehouse.name
    copy.parent.mkdir()
    shutil.copyfile(workspace.warehouse, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute("set threads = 2")
        for schema, name, kind, _ in reversed(sql):
            connection.execute(
                f"drop {'view' if kind == 'view' else 'table'} {schema}.{name} cascade"
            )
        wall, cpu = time.monotonic(), time.process_time()
        for schema, name, kind, query in sql:
            made = "view" if kind == "view" else "table"
            connection.execute(f"create {made} {schema}.{name} as {query}")
        return {
            "wall": round(time.monotonic() - wall, 2),
            "cpu": round(time.process_time() - cpu, 2),
        }


def _peak_mb() -> int:
    """The largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
