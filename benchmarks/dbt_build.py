"""What a dbt build costs: in full, as plain SQL without dbt, and with one more day.

    python -m benchmarks.dbt_build /tmp/bench --years 1 --years 5 --lines-per-day 5500

makes a warehouse of simulated order lines for each number of years, and prints one JSON object per
warehouse. CPU is user + sys seconds of the process; `nodes` is dbt's own time of the models alone.
"""

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.dbt_feed import add_days, create_feed
from orchestration.build import _dbt
from orchestration.workspace import Workspace

LAYERS = ("staging", "intermediate", "marts", "seeds")


def main() -> None:
    """Measure each number of years and print the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where the warehouses are made; emptied first")
    parser.add_argument("--years", type=int, action="append", required=True)
    parser.add_argument("--lines-per-day", type=int, default=5500)
    parser.add_argument("--customers-per-year", type=int, default=15000)
    given = parser.parse_args()
    for years in given.years:
        shutil.rmtree(given.folder, ignore_errors=True)
        result = measure(given.folder, years, given.lines_per_day, given.customers_per_year)
        print(json.dumps(result), flush=True)


def measure(
    folder: Path, years: int, lines_per_day: int, customers_per_year: int
) -> dict[str, Any]:
    """Seconds of the full build, of its SQL without dbt, and of one more day."""
    workspace = Workspace(folder / "workspace")
    workspace.root.mkdir(parents=True)
    days = 365 * years
    with duckdb.connect(str(workspace.warehouse)) as connection:
        create_feed(connection, restaurants=60, customers=customers_per_year * years)
        lines = add_days(connection, 0, days, lines_per_day)
    full = _measure_dbt(workspace, ["--full-refresh"])
    plain = _measure_plain(workspace, full.pop("sql"))
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
        "full_nodes_per_plain": round(full["nodes"] / plain["wall"], 2),
        "day_nodes_per_full_nodes": round(day["nodes"] / full["nodes"], 3),
    }


def _measure_dbt(workspace: Workspace, options: list[str]) -> dict[str, Any]:
    """One `dbt run` of the models, with the seeds that it needs."""
    wall, cpu = time.monotonic(), time.process_time()
    result = _dbt(
        workspace,
        "local",
        ["build", "--exclude-resource-type", "test", "unit_test", *options],
        None,
    )
    if not result.success:
        raise SystemExit(f"dbt failed: {[r.message for r in result.result or [] if r.message]}")
    models = [r for r in result.result if r.node.resource_type == "model"]
    slowest = sorted(models, key=lambda r: -r.execution_time)[:6]
    return {
        "wall": round(time.monotonic() - wall, 2),
        "cpu": round(time.process_time() - cpu, 2),
        "nodes": round(sum(r.execution_time for r in models), 2),
        "slowest": {r.node.name: round(r.execution_time, 2) for r in slowest},
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


if __name__ == "__main__":
    main()
