"""`franchise submit-emr` and `cancel-emr`: against moto's EMR, which runs no job, and a service
of our own whose jobs fail."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

from lake import layout
from lake.store import open_store

ROLE = "arn:aws:iam::123456789012:role/normalize"
FAILED_RUN = {"state": "FAILED", "stateDetails": "Job failed, see the logs."}


@pytest.fixture
def application(aws):
    """The id of a new EMR application on moto's server."""
    made = boto3.client("emr-serverless").create_application(
        name="normalize", releaseLabel="emr-7.9.0", type="SPARK"
    )
    return made["applicationId"]


@pytest.fixture
def cleaned(bucket):
    """A lake in S3 in which one cleaned file waits to be normalized."""
    ledger = {"schema_version": 1, "contract_version": 1, "entity": "order_items"}
    ledger |= {"landing_id": "l1", "file_id": "f1", "sha256": "5e1f", "version": 1}
    ledger |= {"modified_at": "2026-01-03T06:00:00Z", "landed_at": "2026-01-03T06:00:00Z"}
    ledger |= {"status": "loaded", "counts": {"loaded": 3}, "money": {}}
    clean = {"key": layout.clean("order_items", "l1"), "sha256": "5e1f", "bytes": 9, "rows": 3}
    ledger |= {"outputs": {"clean": clean}}
    store = open_store(f"s3://{bucket}/pos")
    store.write(layout.ledger("l1"), json.dumps(ledger).encode())
    return store


@pytest.fixture
def submit(franchise):
    """The command with its options, and more of them."""

    def call(application, *more, lake="s3://lake/pos"):
        options = ["--application-id", application, "--role", ROLE, "--lake", lake]
        return franchise("submit-emr", *options, "--poll-seconds", "0", *more)

    return call


class FailingService(BaseHTTPRequestHandler):
    """EMR Serverless, and S3 with the driver's log, of a job that fails."""

    asked = []  # noqa: RUF012 - paths, of all requests

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(json.dumps({"applicationId": "a", "jobRunId": "j1", "arn": "arn"}).encode())

    def do_GET(self):
        if self.path.endswith("stderr.gz"):
            return self._answer(gzip.compress(b"no space left on device\n"))
        run = FAILED_RUN | {"applicationId": "a", "jobRunId": "j1"}
        return self._answer(json.dumps({"jobRun": run}).encode())

    def log_message(self, *_):
        self.asked.append(self.path)

    def _answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def failing(aws, monkeypatch):
    """A service whose jobs fail, in the place of moto's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), FailingService)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    yield
    server.shutdown()
    server.server_close()


def only_job(application):
    """The one job of an application, as EMR keeps it."""
    emr = boto3.client("emr-serverless")
    (job,) = emr.list_job_runs(applicationId=application)["jobRuns"]
    return emr.get_job_run(applicationId=application, jobRunId=job["id"])["jobRun"]


def test_the_job_is_started_with_the_settings_and_waited_for(application, submit, cleaned):
    cleaned.write(layout.normalized_run("run-1-5e1f"), b"{}")  # as the job does; moto runs none
    options = ["--var", "default_timezone=UTC", "--full", "--target-file-mb", "64"]
    done = submit(application, "--run-id", "run-1", *options, lake=cleaned.url())
    assert done.returncode == 0, done.stderr
    job = only_job(application)
    assert done.stdout.splitlines() == [f"EMR job {job['jobRunId']} of run run-1", "SUCCESS"]
    asked = job["jobDriver"]["sparkSubmit"]
    assert asked["entryPoint"] == "local:///opt/franchise/job.py"
    assert asked["entryPointArguments"] == [
        *("--lake", cleaned.url(), "--run-id", "run-1", "--default-timezone", "UTC"),
        *("--business-day-start-hour", "0", "--withdrawn", "keep"),
        *("--target-file-mb", "64", "--full"),
    ]


def test_a_success_without_the_runs_file_in_the_lake_is_exit_code_1(application, submit, cleaned):
    cleaned.write(layout.normalized_run("run-0-5e1f"), b"{}")
    done = submit(application, "--run-id", "run-1", lake=cleaned.url())
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "SUCCESS"
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: EMR says that the job of run run-1 succeeded, but there is no ")
    assert "normalized/runs/run-1-*.json in s3://" in line


def test_a_job_that_found_nothing_to_normalize_need_not_write_a_file(application, submit, bucket):
    done = submit(application, "--run-id", "run-1", lake=f"s3://{bucket}/pos")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_job_that_nobody_waits_for_is_cancelled_by_its_id(application, submit, franchise):
    started = submit(application, "--no-wait")
    job_run_id = started.stdout.split()[2]
    done = franchise("cancel-emr", job_run_id, "--application-id", application)
    assert (started.returncode, done.returncode) == (0, 0), done.stderr
    assert only_job(application)["state"] == "CANCELLED"


def test_a_job_that_fails_is_exit_code_1_with_the_end_of_its_log(failing, submit):
    done = submit("a", "--logs", "s3://logs/emr", "--run-id", "run-1")
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["EMR job j1 of run run-1", "FAILED"]
    log, error = done.stderr.splitlines()
    assert log == "no space left on device"
    assert error.startswith("error: EMR job j1 of run run-1 ended as FAILED: Job failed, see the")
    assert "/emr/applications/a/jobs/j1/SPARK_DRIVER/stderr.gz" in " ".join(FailingService.asked)


def test_an_application_that_does_not_exist_is_exit_code_2_in_one_line(aws, submit):
    done = submit("00nosuch")
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: EMR did not take the request: ")


def test_a_lake_that_is_not_in_s3_and_an_unknown_setting_are_exit_code_2(submit):
    local = submit("a", "--lake", "workspace/lake")
    assert (local.returncode, "EMR reads S3" in local.stderr) == (2, True)
    unknown = submit("a", "--var", "timezone=UTC")
    assert (unknown.returncode, "no such setting" in unknown.stderr) == (2, True)
