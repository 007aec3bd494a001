"""Print the DAGs as JSON, in a process of its own: Airflow reads its settings when imported."""

import json
import os
import sys
import time

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:  # before Airflow 3.1
    from airflow.models.dagbag import DagBag


def alerts(task) -> list[str]:
    """Our callbacks among those of a failure; Airflow 3.0 has one or a list, 3.3 a list."""
    callbacks = task.on_failure_callback
    listed = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    return [c.__name__ for c in listed if c.__module__.startswith("orchestration")]


def describe_task(task) -> dict:
    return {
        "operator": type(task).__name__,
        "pool": task.pool,
        "retries": task.retries,
        "backoff": bool(task.retry_exponential_backoff),
        "trigger_rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "alerts": alerts(task),
        "doc": task.doc_md or "",
        "outlets": [outlet.name for outlet in task.outlets],
        "watches": getattr(task, "model_unique_id", None),
        "reports": sorted(getattr(task, "tests_per_model", {})),
    }


def describe(dag) -> dict:
    nodes = dag.task_group.children.values()
    return {
        # ids and edges of the first level: tasks, and groups of tasks as one
        "edges": {n.node_id: sorted({i.split(".")[0] for i in n.upstream_task_ids}) for n in nodes},
        "tasks": {task.task_id: describe_task(task) for task in dag.tasks},
        "timetable": type(dag.timetable).__name__,
        "schedule": dag.timetable.serialize(),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "doc": dag.doc_md,
        "params": list(dag.params),
    }


started = time.process_time()
bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
seconds = time.process_time() - started
dags = {name: describe(dag) for name, dag in bag.dags.items()}
json.dump({"dags": dags, "errors": bag.import_errors, "parse_seconds": seconds}, sys.stdout)
