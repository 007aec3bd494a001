"""Run the DAG once with `dag.test()`, without retries; print what became of it as JSON.

Tasks whose id matches the first argument, a regular expression, are taken for done. The second
argument is the run's configuration.
"""

import json
import os
import sys
from datetime import UTC, datetime

from airflow.dag_processing.dagbag import DagBag

taken_for_done, configuration = sys.argv[1:]
dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags["daily_elt"]
for task in dag.tasks:
    task.retries = 0
run = dag.test(
    logical_date=datetime.now(UTC),
    mark_success_pattern=taken_for_done,
    run_conf=json.loads(configuration),
)
states = {task.task_id: str(task.state) for task in run.get_task_instances()}
print()
json.dump({"run": str(run.state), **states}, sys.stdout)
