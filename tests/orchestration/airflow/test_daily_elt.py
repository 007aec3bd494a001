"""The DAG as Airflow reads it: its steps, schedule, retries, and what is said when it cannot."""

import json
from pathlib import Path

import pytest

from orchestration.pipeline import STEPS

DESCRIBED = Path(__file__).with_name("described.py")


@pytest.fixture(scope="module")
def bag(deployed, python):
    """The DAGs of the folder, as JSON."""
    done = python(DESCRIBED, **deployed)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def dag(bag):
    return bag["dags"]["daily_elt"]


def test_the_folder_holds_one_dag_and_no_error(bag):
    assert bag["errors"] == {}
    assert set(bag["dags"]) == {"daily_elt"}


def test_its_ids_and_edges_are_those_of_the_command_line(dag):
    assert dag["edges"] == {step.name: sorted(step.upstream) for step in STEPS}


def test_every_step_has_the_retries_of_the_command_lines_list(dag):
    alone = {step.name: step.retries for step in STEPS if step.name != "build"}
    assert {name: dag["tasks"][name]["retries"] for name in alone} == alone
    assert dag["tasks"]["land"]["retries"] == 2
    assert all(dag["tasks"][name]["backoff"] for name in alone)


def test_dbt_is_never_run_twice_as_a_whole(dag):
    assert dag["tasks"]["build.dbt_producer_watcher"]["retries"] == 0


def test_a_model_that_failed_is_tried_once_more_alone(dag):
    watchers = {n: t for n, t in dag["tasks"].items() if t["operator"] == "DbtRunWatcherOperator"}
    assert {"build.fct_orders.run", "build.customer_clv.run"} < set(watchers)
    assert {task["retries"] for task in watchers.values()} == {1}


def test_models_that_were_mended_let_the_run_go_on_though_the_producer_failed(dag):
    assert dag["tasks"]["build.dbt_producer_watcher_done"]["trigger_rule"] == "all_done"


def test_it_runs_at_six_in_the_franchises_zone_and_never_twice_at_once(dag):
    assert dag["timetable"] == "CronDataIntervalTimetable"
    assert dag["schedule"]["expression"] == "0 6 * * *"
    assert dag["schedule"]["timezone"] == "America/New_York"
    assert (dag["catchup"], dag["max_active_runs"]) == (False, 1)


def test_one_task_at_a_time_writes_the_warehouse(dag):
    writers = {name for name, task in dag["tasks"].items() if task["pool"] == "warehouse"}
    assert writers == {"load", "build.dbt_producer_watcher", "publish", "reconcile"}


def test_normalize_runs_when_there_was_nothing_to_clean(dag):
    assert dag["tasks"]["normalize"]["trigger_rule"] == "none_failed"


def test_every_task_tells_of_its_failure_and_one_that_only_watches_when_it_was_cleared(dag):
    def told_by(task):
        watches = task["operator"].startswith("Dbt") and "Producer" not in task["operator"]
        return ["report_cleared" if watches else "report_failure"]

    assert {n: t["alerts"] for n, t in dag["tasks"].items() if t["alerts"] != told_by(t)} == {}
    assert dag["tasks"]["build.fct_orders.run"]["alerts"] == ["report_cleared"]


def test_the_marts_are_announced_by_an_asset_with_a_name_of_its_own(dag):
    announced = {name: task["outlets"] for name, task in dag["tasks"].items() if task["outlets"]}
    assert announced == {"reconcile": ["franchise_marts"]}


def test_operators_are_told_of_what_was_cleaned_though_some_of_it_failed(dag):
    assert dag["tasks"]["report"]["trigger_rule"] == "all_done"


def test_every_task_that_watches_tests_is_reported_to(dag):
    tests = [t for t in dag["tasks"].values() if t["operator"] == "DbtTestWatcherOperator"]
    watched = {task["watches"] for task in tests}
    assert any(unique_id.startswith("test.") for unique_id in watched)
    assert watched <= {*dag["tasks"]["build.dbt_producer_watcher"]["reports"]}


def test_the_dag_and_every_task_are_documented(dag):
    assert dag["doc"].startswith("The operators' files of the last business date become")
    assert [name for name, task in dag["tasks"].items() if not task["doc"]] == []
    assert dag["tasks"]["build.fct_orders.run"]["doc"].startswith("One row per order")
    assert dag["tasks"]["build.fct_orders.test"]["doc"] == "The data tests of `fct_orders`."
    assert dag["tasks"]["build.dbt_producer_watcher"]["doc"].startswith("One `dbt build` of every")


def test_the_dag_file_is_parsed_in_less_than_two_seconds_of_cpu(bag):
    assert bag["parse_seconds"] < 2
