"""What is asked of EMR Serverless, against moto's server; moto runs no job, and nobody says so."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from emr_staging.settings import NormalizeSettings
from emr_staging.submit import (
    Job,
    JobError,
    cancel,
    driver_log,
    start,
    start_request,
    wait,
)

ROLE = "arn:aws:iam::123456789012:role/normalize"
SETTINGS = NormalizeSettings("America/Chicago", 4, "retract")


@pytest.fixture(scope="module")
def aws():
    """The environment of a client of moto's server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    server.stop()


@pytest.fixture
def client(aws):
    def make(service):
        return boto3.client(
            service,
            endpoint_url=aws["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    return make


@pytest.fixture
def job(client):
    application = client("emr-serverless").create_application(
        name="normalize", releaseLabel="emr-7.9.0", type="SPARK"
    )
    return Job(
        application["applicationId"], ROLE, "s3://lake/pos", "run-1", SETTINGS, "s3://logs/emr"
    )


class Ending:
    """A client whose jobs are in the states that are given, one per question."""

    def __init__(self, *states):
        self.states = list(states)
        self.cancelled = []

    def get_job_run(self, applicationId, jobRunId):
        state = self.states.pop(0)
        if state is KeyboardInterrupt:
            raise KeyboardInterrupt
        return {"jobRun": {"state": state, "stateDetails": "Job failed, see the logs."}}

    def cancel_job_run(self, applicationId, jobRunId):
        self.cancelled.append(jobRunId)


def test_the_request_names_the_job_its_parameters_and_where_its_log_goes(job):
    request = start_request(job)
    assert request["clientToken"] == "run-1"
    assert request["jobDriver"]["sparkSubmit"]["entryPoint"] == "local:///opt/franchise/job.py"
    assert request["jobDriver"]["sparkSubmit"]["entryPointArguments"] == [
        *("--lake", "s3://lake/pos", "--run-id", "run-1", "--default-timezone", "America/Chicago"),
        *("--business-day-start-hour", "4", "--withdrawn", "retract"),
    ]
    options = request["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert "--conf spark.sql.files.openCostInBytes=16384 " in options
    assert request["configurationOverrides"] == {
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/emr"}}
    }


def test_the_service_takes_the_request_and_keeps_it(job, client):
    emr = client("emr-serverless")
    job_run_id = start(emr, job)
    kept = emr.get_job_run(applicationId=job.application_id, jobRunId=job_run_id)["jobRun"]
    assert kept["executionRole"] == ROLE
    assert kept["jobDriver"] == start_request(job)["jobDriver"]


def test_a_job_is_cancelled(job, client):
    emr = client("emr-serverless")
    job_run_id = start(emr, job)
    cancel(emr, job, job_run_id)
    with pytest.raises(JobError, match=f"EMR job {job_run_id} of run run-1 ended as CANCELLED"):
        wait(emr, job, job_run_id, print)


def test_waiting_tells_every_state_once(job):
    told = []
    states = ("SUBMITTED", "PENDING", "RUNNING", "RUNNING", "SUCCESS")
    wait(Ending(*states), job, "j1", told.append, poll_seconds=0)
    assert told == ["SUBMITTED", "PENDING", "RUNNING", "SUCCESS"]


def test_a_job_that_fails_is_an_error_that_says_where_its_log_is(job):
    folder = f"s3://logs/emr/applications/{job.application_id}/jobs/j1"
    message = f"ended as FAILED: Job failed, see the logs. Its logs are below {folder}. What"
    with pytest.raises(JobError, match=message):
        wait(Ending("RUNNING", "FAILED"), job, "j1", print, poll_seconds=0)


def test_an_interrupted_wait_cancels_the_job(job):
    client = Ending("RUNNING", KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        wait(client, job, "j1", print, poll_seconds=0)
    assert client.cancelled == ["j1"]


def test_the_last_lines_of_the_drivers_log_are_read_from_s3(job, client):
    s3 = client("s3")
    s3.create_bucket(Bucket="logs")
    assert driver_log(s3, job, "j1") == []
    key = f"emr/applications/{job.application_id}/jobs/j1/SPARK_DRIVER/stderr.gz"
    lines = "\n".join(f"line {n}" for n in range(100))
    s3.put_object(Bucket="logs", Key=key, Body=gzip.compress(lines.encode()))
    assert driver_log(s3, job, "j1")[-2:] == ["line 98", "line 99"]
    assert len(driver_log(s3, job, "j1")) == 40


def test_the_command_starts_the_job_and_waits_for_it(job, aws):
    command = [sys.executable, "-m", "emr_staging.submit", "--role", ROLE, "--run-id", "run-2"]
    options = ["--application-id", job.application_id, "--lake", job.lake, "--poll-seconds", "0"]
    done = subprocess.run(
        [*command, *options],
        cwd=Path(__file__).parents[2],
        env=os.environ | aws,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "SUCCESS"
