"""What people are told."""

from datetime import UTC, datetime
from types import SimpleNamespace

from orchestration.airflow.alerts import describe_failure, describe_missing
from orchestration.load import LoadError

RUN = SimpleNamespace(
    run_type="scheduled", data_interval_start=datetime(2026, 6, 30, 10, tzinfo=UTC)
)


def test_a_failure_says_what_broke_when_why_and_what_to_do():
    subject, message = describe_failure(
        {
            "ti": SimpleNamespace(dag_id="daily_elt", task_id="load", log_url="http://airflow/log"),
            "run_id": "scheduled__2026-07-01",
            "dag_run": RUN,
            "params": {},
            "exception": LoadError("pos.order_items: 3 files hold 9 rows, but 10 were counted"),
        }
    )
    assert subject == "daily_elt: load failed"
    assert message.splitlines() == [
        "Run: scheduled__2026-07-01, up to business date: 2026-06-30",
        "Cause: pos.order_items: 3 files hold 9 rows, but 10 were counted",
        "To do: Nothing was loaded. Wait for or end what holds the warehouse, then clear this task "
        "with its downstream tasks; what was written stays.",
        "Log: http://airflow/log",
    ]


def test_a_model_that_failed_is_mended_before_it_is_cleared():
    task = SimpleNamespace(dag_id="daily_elt", task_id="build.dbt_producer_watcher", log_url=None)
    _, message = describe_failure({"ti": task, "run_id": "r", "dag_run": RUN, "params": {}})
    assert "Cause: the process ended without a word" in message
    assert "Mend the model or the data that the message names, then clear that model" in message


def test_files_that_are_not_in_the_numbers_are_told_one_by_one():
    subject, message = describe_missing(
        [
            {"path": "r1/rota.csv", "reason": "header_unknown", "message": "begins: Employee"},
            {"path": "r2/today.csv", "reason": "HTTP 404"},
        ]
    )
    assert subject == "daily_elt: 2 files are not in the numbers"
    assert message.splitlines() == [
        "- r1/rota.csv: header_unknown: begins: Employee",
        "- r2/today.csv: HTTP 404",
        "To do: ask the operators for corrected files; the next run takes them in by itself.",
    ]
