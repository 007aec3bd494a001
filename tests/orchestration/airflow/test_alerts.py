"""What people are told."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from orchestration.airflow import local
from orchestration.airflow.alerts import (
    describe_failure,
    describe_missing,
    describe_overdue,
    report_cleared,
    report_missing,
)
from orchestration.basis import AsOfError
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


def test_overdue_deliveries_are_told_by_date_with_what_to_do():
    day = {"business_date": "2026-06-29", "due_at": "2026-06-30 16:00 UTC", "stale": False}
    last = {"business_date": "2026-06-30", "due_at": "2026-07-01 16:00 UTC", "stale": True}
    subject, message = describe_overdue(
        [
            day | {"missing": ["boston-01", "nyc-02"], "held": ["nyc-01"]},
            last | {"missing": ["boston-01", "nyc-01", "nyc-02"], "held": []},
        ]
    )
    assert subject == "daily_elt: 6 deliveries are overdue"
    assert message.splitlines() == [
        "- 2026-06-29, due 2026-06-30 16:00 UTC: nothing came: boston-01, nyc-02",
        "- 2026-06-29, due 2026-06-30 16:00 UTC: only files that are held back: nyc-01",
        "- 2026-06-30, due 2026-07-01 16:00 UTC: nothing came from any restaurant: "
        "boston-01, nyc-01, nyc-02",
        "To do first: check the shared folders, their credentials, and what `land` has seen: "
        "the lake is stale.",
        "To do: ask these restaurants for their files (a closed day is a file with a header and no "
        "rows). The next run takes in what comes, by itself; `franchise reconcile` lists what is "
        "still missing.",
    ]


def test_a_date_names_two_hundred_restaurants_and_counts_the_others():
    day = {"business_date": "2026-06-29", "due_at": "2026-06-30 16:00 UTC", "stale": False}
    names = [f"r{number:03}" for number in range(202)]
    _, message = describe_overdue([day | {"missing": names, "held": []}])
    assert ", r199 and 2 more" in message
    assert "r200" not in message


def test_an_as_of_date_that_counts_nothing_is_told_as_a_setting_and_not_as_a_locked_warehouse():
    task = SimpleNamespace(dag_id="daily_elt", task_id="load", log_url=None)
    cause = AsOfError("as_of_date 2020-01-01 is before the first order")
    failure = {"ti": task, "run_id": "r", "dag_run": RUN, "params": {}, "exception": cause}
    _, message = describe_failure(failure)
    assert "To do: Trigger a run with a setting as the cause asks for; what was loaded" in message
    assert "Nothing was loaded" not in message


def test_a_day_on_which_every_file_is_bad_names_two_hundred_and_counts_the_others():
    files = [{"path": f"r{n}/{n:03}.csv", "reason": "header_unknown"} for n in range(1_203)]
    subject, message = describe_missing(files)
    assert subject == "daily_elt: 1203 files are not in the numbers"
    assert message.splitlines()[199] == "- r199/199.csv: header_unknown"
    assert message.splitlines()[200] == "- and 1,003 more; the run report names them all"
    assert len(message.splitlines()) == 202


def test_a_notice_that_cannot_be_sent_is_logged_and_fails_no_run(monkeypatch, caplog):
    def unreachable(subject, message):
        raise ConnectionError("no route to the topic")

    monkeypatch.setattr(local, "notify", unreachable)
    report_missing([{"path": "r1/rota.csv", "reason": "header_unknown"}])
    assert "Nobody could be told: daily_elt: 1 files are not in the numbers" in caplog.text
    assert "no route to the topic" in caplog.text


@pytest.mark.parametrize(("try_number", "told"), [(1, []), (2, []), (3, ["daily_elt: m failed"])])
def test_a_models_task_tells_of_a_failure_only_when_it_was_cleared(monkeypatch, try_number, told):
    said = []
    monkeypatch.setattr(local, "notify", lambda subject, message: said.append(subject))
    task = SimpleNamespace(dag_id="daily_elt", task_id="m", log_url=None, try_number=try_number)
    report_cleared({"ti": task, "run_id": "r", "dag_run": RUN, "params": {}})
    assert said == told
