"""The DAG run by `dag.test()`, a dbt process per model: the same rows as the command line's."""

import json
from contextlib import closing

import pytest

from orchestration.basis import find_basis, recall
from orchestration.duckdb_warehouse import connect
from tests.orchestration.airflow.installation import rows

DBT = r"build\..*|publish|reconcile"


@pytest.mark.long
def test_the_steps_before_dbt_load_what_the_command_line_loads(
    run_dag, delivered, by_command_line, tmp_path, in_workspace
):
    done = run_dag(DBT, FRANCHISE_SOURCE=str(delivered), **in_workspace(tmp_path))
    assert done.states["run"] == "success"
    expected, found = rows(by_command_line, "pos"), rows(tmp_path, "pos")
    assert len(expected["order_items"]) > 300
    assert found.pop("_basis") == []  # it is remembered when the marts are built
    expected.pop("_basis")
    assert found == expected


@pytest.mark.long
def test_the_whole_dag_builds_and_reports_what_the_command_line_does(
    run_dag, delivered, by_command_line, tmp_path, in_workspace
):
    done = run_dag(FRANCHISE_SOURCE=str(delivered), **in_workspace(tmp_path))
    assert {task: state for task, state in done.states.items() if state != "success"} == {}
    expected = rows(by_command_line, "marts")
    assert len(expected["fct_orders"]) > 300
    assert rows(tmp_path, "marts") == expected
    with closing(connect(tmp_path / "warehouse.duckdb")) as warehouse:  # nothing is left to build
        assert recall(warehouse) == find_basis(warehouse, {})
    (path,) = (tmp_path / "reports").glob("*.json")
    report = json.loads(path.read_text())
    assert report["status"] == "done"
    assert all(check["ok"] for check in report["checks"])
    assert "sales_trends" in (tmp_path / "site/docs/index.html").read_text()
