"""Run the DAG once with `dag.test()`; print the state of the run and of every task as JSON.

Tasks whose id matches the first argument, a regular expression, are taken for done.
"""

import json
import os
import sys
from datetime import UTC, datetime

from airflow.dag_processing.dagbag import DagBag

dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["daily_elt"]
run = dag.test(
    logical_date=datetime.now(UTC),
    mark_success_pattern=sys.argv[1] if len(sys.argv) > 1 else None,
)
states = {f"{t.task_id}[{t.map_index}]": str(t.state) for t in run.get_task_instances()}
print()
json.dump({"run": str(run.state), "tasks": states}, sys.stdout)
