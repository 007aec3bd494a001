"""The DAG run by `dag.test()`, a dbt process per model: the same rows as the command line's."""

import json
from pathlib import Path

import pytest

from tests.orchestration.airflow.installation import rows

RUN_ONCE = Path(__file__).with_name("run_once.py")


@pytest.fixture
def run_dag(deployed, delivered, python):
    """Run the DAG once over the delivered files; the states of the run and of its tasks."""
    local = deployed | {"FRANCHISE_DBT_MODE": "local", "FRANCHISE_SOURCE": str(delivered)}
    done = python("-m", "airflow", "db", "migrate", **local)
    assert done.returncode == 0, done.stderr

    def run(taken_for_done: str) -> dict:
        done = python(RUN_ONCE, taken_for_done, **local)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_the_steps_before_dbt_load_what_the_command_line_loads(run_dag, deployed, by_command_line):
    states = run_dag(r"build\..*|publish|reconcile")
    assert states["run"] == "success"
    expected = rows(by_command_line, "pos")
    expected.pop("_basis")  # it is remembered when the marts are built
    assert len(expected["order_items"]) > 300
    found = rows(Path(deployed["FRANCHISE_WORKSPACE"]), "pos")
    assert found.pop("_basis") == []
    assert found == expected


@pytest.mark.long
def test_the_whole_dag_builds_and_reports_what_the_command_line_does(
    run_dag, deployed, by_command_line
):
    states = run_dag("nothing is taken for done")
    assert {n for n, state in states["tasks"].items() if state != "success"} == {"clean[-1]"}
    assert states["run"] == "success"
    workspace = Path(deployed["FRANCHISE_WORKSPACE"])
    expected = rows(by_command_line, "marts")
    assert len(expected["fct_orders"]) > 300
    assert rows(workspace, "marts") == expected
    assert rows(workspace, "pos")["_basis"] == rows(by_command_line, "pos")["_basis"]
    (path,) = (workspace / "reports").glob("*.json")
    report = json.loads(path.read_text())
    assert report["status"] == "done"
    assert all(check["ok"] for check in report["checks"])
    assert "sales_trends" in (workspace / "site/docs/index.html").read_text()
