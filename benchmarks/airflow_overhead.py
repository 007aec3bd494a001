"""What Airflow and Cosmos cost beside a plain `dbt build` of the same models and tests.

    python -m benchmarks.airflow_overhead /tmp/bench --restaurants 10 --days 120

loads a simulated franchise, builds its marts by one `dbt build`, then lets the DAG build them again
in a started Airflow (from nothing, both), and prints one JSON object. CPU is user + sys seconds: of
dbt's process, and of all of Airflow's from the trigger to the end of the run. `build_wall` is from
the start of the first to the end of the last task of the group.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from ingestion.land import open_source
from orchestration.airflow.start import Airflow, running
from orchestration.pipeline import STEPS, Run
from orchestration.workspace import DBT_PROJECT, Workspace, open_workspace

PORT = 8793
TASKS = "select task_id, state, start_date, end_date from task_instance where run_id = ?"
RUN = "select run_id, state, start_date, end_date from dag_run"


def main() -> None:
    """Measure both and print the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="where everything is made; emptied first")
    parser.add_argument("--restaurants", type=int, default=10)
    parser.add_argument("--days", type=int, default=120)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Airflow's parts end with it
    shutil.rmtree(given.folder, ignore_errors=True)
    workspace = open_workspace(given.folder / "workspace")
    source = given.folder / "delivered"
    load_franchise(workspace, source, given.restaurants, given.days)
    plain = measure_dbt(workspace)
    cosmos = measure_airflow(workspace, source)
    ratios = {
        "wall": round(cosmos["build_wall"] / plain["wall"], 1),
        "cpu": round(cosmos["cpu"] / plain["cpu"], 1),
    }
    print(json.dumps({"dbt_build": plain, "airflow": cosmos, "airflow_to_dbt": ratios}))


def load_franchise(workspace: Workspace, source: Path, restaurants: int, days: int) -> None:
    """Everything up to the marts."""
    simulate(FranchiseSettings(restaurants=restaurants, days=days)).deliver(source)
    run = Run(workspace, open_source(str(source)))
    for step in STEPS:
        if step.name == "build":
            return
        step.function(run, lambda done, total: None)


def measure_dbt(workspace: Workspace) -> dict[str, float]:
    """One `dbt build`, full, without unit tests, as the DAG runs it."""
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--full-refresh"]
    command += ["--exclude-resource-type", "unit_test", "--target-path", str(workspace.dbt)]
    command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    environment = os.environ | {"FRANCHISE_WAREHOUSE": str(workspace.warehouse)}
    before, started = _children(), time.monotonic()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return {"wall": round(time.monotonic() - started, 1), "cpu": round(_children() - before, 1)}


def measure_airflow(workspace: Workspace, source: Path) -> dict[str, Any]:
    """One run of the DAG in a started Airflow, full."""
    os.environ["FRANCHISE_SOURCE"] = str(source)
    with running(Airflow(workspace, PORT)) as airflow:
        airflow.run("dags", "trigger", "daily_elt", "--conf", json.dumps({"full": True}))
        before = _everything()
        started = _wait(airflow.home / "airflow.db")
        return started | {"cpu": round(_everything() - before, 1)}


def _wait(database: Path) -> dict[str, Any]:
    while True:
        time.sleep(2)
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            ((run_id, state, start, end),) = connection.execute(RUN).fetchall()
            tasks = connection.execute(TASKS, [run_id]).fetchall()
        if state in ("success", "failed"):
            group = [task for task in tasks if task[0].startswith("build.")]
            return {
                "state": state,
                "tasks": len(tasks),
                "run_wall": _seconds(start, end),
                "build_wall": _seconds(
                    min(task[2] for task in group), max(task[3] for task in group)
                ),
            }


def _seconds(start: str, end: str) -> float:
    span = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(span.total_seconds(), 1)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _everything() -> float:
    """CPU seconds of this process' descendants, and of theirs that have ended."""
    used = [process.cpu_times() for process in psutil.Process().children(recursive=True)]
    alive = sum(u.user + u.system + u.children_user + u.children_system for u in used)
    return alive + _children()


if __name__ == "__main__":
    main()
