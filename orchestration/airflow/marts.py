"""The dbt project as Airflow tasks: one task per model and one for its tests."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import airflow  # noqa: F401  before cosmos, which imports it in a circle otherwise
from cosmos import (
    DbtTaskGroup,
    ExecutionConfig,
    ExecutionMode,
    LoadMode,
    ProfileConfig,
    ProjectConfig,
    RenderConfig,
    TestBehavior,
)
from cosmos.operators.watcher import DbtProducerWatcherOperator, DbtTestWatcherOperator

from orchestration.airflow.alerts import report_cleared, report_failure
from orchestration.airflow.manifest import find_manifest
from orchestration.airflow.platform import workspace
from orchestration.workspace import DBT_PROJECT

TEMPLATES: dict[str, Any] = {
    "vars": {"as_of_date": "{{ as_of(dag_run, params) }}"},
    "full_refresh": "{{ ti.xcom_pull('load')['full'] }}",
}
# Unit tests prove the definitions in CI; a run has nothing to add to them.
WITHOUT_UNIT_TESTS = {"DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"}
WITHOUT_NODE = (
    "One `dbt build` of every seed, snapshot, model and test. The other tasks of the group tell "
    "what became of their own; a model that failed is mended and cleared there, not here."
)
# The producer tells of failures, and another task only when it was cleared. The tasks that watch it
# look every second and stay in their process: to be put aside and woken up costs each a second
# process, and may be lost on a busy machine ("finished with state success, but the task instance's
# state attribute is queued"). Their second try runs their own model, once the producer is over; so
# does a task that was cleared.
WATCHING = {
    "on_failure_callback": report_cleared,
    "deferrable": False,
    "poke_interval": 1,
    "timeout": timedelta(hours=6).total_seconds(),
    "retries": 1,
    "retry_delay": timedelta(seconds=20),
    "retry_exponential_backoff": False,
}


def dbt_tasks(target: str, environment: dict[str, str], producer: dict[str, Any]) -> DbtTaskGroup:
    """The group `build`: one `dbt build` reports to a task per model.

    `producer` holds arguments of the task that runs dbt. FRANCHISE_DBT_MODE=local gives every task
    a dbt of its own instead: slow, but it runs in `dag.test()`, where nothing can watch.
    """
    manifest = find_manifest(workspace())
    watched = os.environ.get("FRANCHISE_DBT_MODE", "watcher") == "watcher"
    alert = {"on_failure_callback": report_failure, "retries": 0}
    group = DbtTaskGroup(
        group_id="build",
        project_config=ProjectConfig(
            dbt_project_path=DBT_PROJECT, manifest_path=manifest, install_dbt_deps=False
        ),
        profile_config=ProfileConfig(
            profile_name="franchise",
            target_name=target,
            profiles_yml_filepath=DBT_PROJECT / "profiles.yml",
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST,
            test_behavior=TestBehavior.AFTER_EACH,
            emit_datasets=False,
            should_detach_multiple_parents_tests=True,  # they run when the last parent stands
        ),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.WATCHER if watched else ExecutionMode.LOCAL,
            setup_operator_args=alert | producer if watched else None,
        ),
        operator_args=TEMPLATES
        | {"env": environment | WITHOUT_UNIT_TESTS, "append_env": True}
        | (WATCHING if watched else alert),
    )
    for task, words in _descriptions(group, manifest):
        task.doc_md = words
    if watched:
        _watch_tests_of_several_models(group)
        # What failed in the producer fails in the models' tasks too, and may be mended there.
        done = group.children["build.dbt_producer_watcher_done"]
        done.trigger_rule = type(done.trigger_rule)("all_done")
    return group


def _descriptions(group: DbtTaskGroup, manifest: Path) -> Iterator[tuple[Any, str]]:
    """Every task with what a reader of the graph wants to know: the description in the project."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    for task in group.iter_tasks():
        node = nodes.get(_unique_id(task))
        if node is None:
            yield task, task.doc_md or WITHOUT_NODE
        elif task.task_id.endswith("test") and node["resource_type"] != "test":
            yield task, f"The data tests of `{node['name']}`."
        else:
            yield task, node["description"] or f"The {node['resource_type']} `{node['name']}`."


def _unique_id(task: Any) -> str | None:
    """The dbt node that a task stands for; None for the task that runs dbt and for its end."""
    context = getattr(task, "extra_context", None) or {}
    return context.get("dbt_node_config", {}).get("unique_id")


def _watch_tests_of_several_models(group: DbtTaskGroup) -> None:
    """Let the producer report a test of several models to that test's own task.

    Cosmos 1.15 gathers the results of tests by model and reports those of the others to nobody.
    """
    tasks = list(group.iter_tasks())
    (producer,) = (task for task in tasks if isinstance(task, DbtProducerWatcherOperator))
    for task in tasks:
        if isinstance(task, DbtTestWatcherOperator) and task.model_unique_id.startswith("test."):
            producer.tests_per_model[task.model_unique_id] = [task.model_unique_id]
