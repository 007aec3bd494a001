"""`python -m orchestration.airflow start`: a real scheduler runs the whole DAG, over and over.

One server for the whole file, since it takes half a minute to start; the tests stand in the order
in which they need each other's state. It runs a copy of the repository, whose models may be broken.
"""

import operator
import os
import re
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from orchestration.airflow.start import Airflow
from orchestration.workspace import Workspace
from tests.orchestration.airflow.installation import CARD_KEY, ROOT, rows
from tests.orchestration.airflow.server import DAG, Server, alive, listening

pytestmark = pytest.mark.long
PACKAGES = ("dbt_project", "demo", "emr_staging", "ingestion", "lake", "orchestration")
MODEL = "dbt_project/models/marts/core/dim_customers.sql"
ONE_BY_ONE = ("--dag-id", "daily_elt", "--max-active-runs", "1")
START = operator.itemgetter("data_interval_start")
DEPENDANTS = ("int_loyalty_groups_summed", "loyalty_impact")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The packages of the repository, in a folder of their own."""
    folder = tmp_path_factory.mktemp("copy")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package)
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return tmp_path_factory.mktemp("scheduler")


@pytest.fixture(scope="module")
def started(copy, workspace, delivered):
    """The process, and the line that it printed when everything was up."""
    arguments = ["start", "--workspace", workspace, "--source", delivered, "--port", "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "orchestration.airflow", *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)} | CARD_KEY,
    ) as process:
        yield process, process.stdout.readline()
        process.send_signal(signal.SIGTERM)


@pytest.fixture(scope="module")
def server(started):
    line = r"Airflow: (http://127\S+)   user admin   password (\S+)"
    return Server(*re.search(line, started[1]).groups())


@pytest.fixture(scope="module")
def expected(by_command_line):
    return rows(by_command_line, "marts")


def task_of(states: dict[str, str], model: str) -> str:
    """The state of the task that built a model."""
    (state,) = (s for n, s in states.items() if n in (f"build.{model}_run", f"build.{model}.run"))
    return state


def test_the_scheduler_runs_the_dag_to_the_command_lines_marts(server, workspace, expected):
    states = server.wait(server.trigger())
    assert {*states.values()} == {"success"}
    assert "build.dbt_producer_watcher" in states
    assert len(expected["fct_orders"]) > 300
    assert rows(workspace, "marts") == expected


def test_nothing_listens_but_on_this_machine(server, started):
    assert listening(psutil.Process(started[0].pid).children(recursive=True)) == {"127.0.0.1"}


def test_the_password_is_readable_by_its_owner_only(server, workspace):
    assert (workspace / "airflow" / "passwords.json").stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def broken(server, copy):
    """The id and the states of a run with a model that cannot be built; the model is mended."""
    model = copy / MODEL
    good = model.read_text()
    model.write_text(good.replace("select * from final", "select *, no_such_column from final"))
    run_id = server.trigger()
    states = server.wait(run_id)
    model.write_text(good)
    return run_id, states


def test_a_model_that_fails_stops_its_dependants_and_nothing_else(broken):
    states = broken[1]
    assert states["run"] == "failed"
    assert task_of(states, "dim_customers") == "failed"
    assert {task_of(states, name) for name in DEPENDANTS} == {"upstream_failed"}
    assert task_of(states, "sales_trends") == "success"
    assert task_of(states, "customer_clv") == "success"
    assert (states["publish"], states["reconcile"]) == ("upstream_failed", "upstream_failed")


def test_the_failure_is_told_with_its_cause_and_what_to_do(broken, workspace):
    logs = (workspace / "airflow" / "logs").rglob("task_id=build.dbt_producer_watcher/*.log")
    told = "\n".join(path.read_text() for path in logs)
    assert "daily_elt: build.dbt_producer_watcher failed" in told
    (cause,) = re.findall(r"Cause: (.*no_such_column.*)", told)
    assert "dim_customers" in cause
    assert "then clear that model's task" in told


def test_mending_the_model_and_clearing_its_task_ends_the_run_well(
    broken, server, workspace, expected
):
    server.clear(broken[0], "build.dim_customers.run")
    states = server.wait(broken[0])
    assert states["run"] == "success"
    assert {task_of(states, name) for name in ("dim_customers", *DEPENDANTS)} == {"success"}
    assert rows(workspace, "marts") == expected


def test_a_backfill_counts_up_to_each_of_its_dates(
    server, workspace, by_command_line, python, tmp_path
):
    dates = ("--from-date", "2026-06-27T00:00:00+00:00", "--to-date", "2026-06-28T23:00:00+00:00")
    Airflow(Workspace(workspace), 0).run("backfill", "create", *ONE_BY_ONE, *dates)
    runs = sorted(server.call("GET", f"{DAG}/dagRuns?run_type=backfill")["dag_runs"], key=START)
    assert [run["data_interval_start"][:10] for run in runs] == ["2026-06-27", "2026-06-28"]
    for run in runs:
        assert server.wait(run["dag_run_id"])["run"] == "success"
    other = shutil.copytree(by_command_line, tmp_path / "commandline")
    arguments = ("build", "--as-of", "2026-06-28", "--workspace", other)
    done = python("-m", "orchestration", *arguments, PYTHONPATH=str(ROOT))
    assert done.returncode in (0, 3), done.stdout + done.stderr
    assert rows(workspace, "marts") == rows(other, "marts")


BEFORE_DBT = ("land", "clean", "normalize", "load")
AFTER_DBT = {"publish": "up_for_retry", "control": "up_for_retry", "reconcile": "failed"}


def test_a_worker_that_is_killed_in_any_step_changes_no_mart(server, workspace, expected):
    for ledger in [*(workspace / "lake" / "clean" / "ledger").glob("*.json")][:1]:
        ledger.unlink()  # so that a file waits for clean
    first = server.trigger()
    for step in BEFORE_DBT:
        assert server.kill(first, step) == "up_for_retry"
        server.clear(first, step)
    assert server.kill(first, "build.dbt_producer_watcher") == "failed"
    assert [server.tries(first)[step] for step in BEFORE_DBT] == [2, 2, 2, 2]
    server.give_up(first)
    second = server.trigger()
    for step, state in AFTER_DBT.items():
        assert server.wait(second)["run"] == "success"
        server.clear(second, step)
        assert server.kill(second, step) == state
        server.clear(second, step)
    assert server.wait(second)["run"] == "success"
    assert rows(workspace, "marts") == expected


def test_sigterm_ends_every_process(started, server):
    parts = psutil.Process(started[0].pid).children(recursive=True)
    started[0].send_signal(signal.SIGTERM)
    assert started[0].wait(60) == 0
    assert len(parts) > 4
    assert alive(parts) == []
