"""What is asked of EMR Serverless, against moto's server; moto runs no job, and nobody says so."""

import gzip
from dataclasses import replace

import boto3
import pytest

from emr_staging.errors import NormalizeError
from emr_staging.settings import NormalizeSettings
from emr_staging.submit import (
    Job,
    JobError,
    cancel,
    driver_log,
    next_run_id,
    start,
    start_request,
    wait,
)

ROLE = "arn:aws:iam::123456789012:role/normalize"
SETTINGS = NormalizeSettings("America/Chicago", 4, "retract")


@pytest.fixture
def job(aws):
    application = boto3.client("emr-serverless").create_application(
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
        *("--business-day-start-hour", "4", "--withdrawn", "retract", "--target-file-mb", "128"),
    ]
    options = request["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert "--conf spark.sql.files.openCostInBytes=16384 " in options
    assert request["configurationOverrides"] == {
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/emr"}}
    }


def test_the_service_takes_the_request_and_keeps_it(job):
    emr = boto3.client("emr-serverless")
    job_run_id = start(emr, job)
    kept = emr.get_job_run(applicationId=job.application_id, jobRunId=job_run_id)["jobRun"]
    assert kept["executionRole"] == ROLE
    assert kept["jobDriver"] == start_request(job)["jobDriver"]


def test_a_key_of_kms_encrypts_what_driver_executors_and_file_systems_write(job, monkeypatch):
    monkeypatch.setenv("FRANCHISE_KMS_KEY", "alias/pos")
    with_key = replace(job, kms_key="alias/pos")
    options = start_request(with_key)["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    for option in (
        "spark.emr-serverless.driverEnv.FRANCHISE_KMS_KEY=alias/pos",
        "spark.executorEnv.FRANCHISE_KMS_KEY=alias/pos",
        "spark.hadoop.fs.s3a.encryption.algorithm=SSE-KMS",
        "spark.hadoop.fs.s3a.encryption.key=alias/pos",
        "spark.hadoop.fs.s3.enableServerSideEncryption=true",
        "spark.hadoop.fs.s3.serverSideEncryption.kms.keyId=alias/pos",
    ):
        assert f"--conf {option}" in options
    assert Job("00f1", ROLE, "s3://lake/pos", "run-1", SETTINGS).kms_key == "alias/pos"
    without = start_request(job)["jobDriver"]["sparkSubmit"]["sparkSubmitParameters"]
    assert "alias/pos" not in without


class Jobs:
    """A client that knows some jobs, (name, state) each, on a page of their own."""

    def __init__(self, *jobs):
        self.jobs = [{"name": name, "state": state} for name, state in jobs]

    def get_paginator(self, operation):
        assert operation == "list_job_runs"
        return self

    def paginate(self, applicationId, states):
        return [{"jobRuns": [job]} for job in self.jobs if job["state"] in states]


@pytest.mark.parametrize(
    ("jobs", "run_id"),
    [
        ([], "run-1-0"),
        ([("normalize run-1-0", "RUNNING")], "run-1-0"),
        ([("normalize run-1-0", "FAILED")], "run-1-1"),
        ([("normalize run-1-0", "FAILED"), ("normalize run-1-1", "PENDING")], "run-1-1"),
        ([("normalize run-1-0", "CANCELLED"), ("normalize run-1-1", "SUCCESS")], "run-1-2"),
        ([("normalize run-2-0", "SUCCESS"), ("normalize run-11-0", "FAILED")], "run-1-0"),
    ],
)
def test_a_job_that_is_under_way_is_taken_up_and_one_that_has_ended_is_followed_by_a_new_one(
    jobs, run_id
):
    assert next_run_id(Jobs(*jobs), "00f1", "run-1") == run_id


def test_the_service_is_asked_for_the_jobs_of_an_application(job):
    """Moto's jobs succeed at once."""
    emr = boto3.client("emr-serverless")
    assert next_run_id(emr, job.application_id, "run-1") == "run-1-0"
    start(emr, replace(job, run_id="run-1-0"))
    assert next_run_id(emr, job.application_id, "run-1") == "run-1-1"


@pytest.mark.parametrize("run_id", ["", "a/b", "a b", "x" * 65])
def test_a_run_id_that_cannot_be_one_starts_no_job(job, run_id):
    with pytest.raises(NormalizeError, match=r"--run-id .*: choose 1 to 64 letters, digits, dots"):
        start(boto3.client("emr-serverless"), replace(job, run_id=run_id))


def test_a_job_is_cancelled(job):
    emr = boto3.client("emr-serverless")
    job_run_id = start(emr, job)
    cancel(emr, job.application_id, job_run_id)
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


def test_the_last_lines_of_the_drivers_log_are_read_from_s3(job):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="logs")
    assert driver_log(s3, job, "j1") == []
    key = f"emr/applications/{job.application_id}/jobs/j1/SPARK_DRIVER/stderr.gz"
    lines = "\n".join(f"line {n}" for n in range(100))
    s3.put_object(Bucket="logs", Key=key, Body=gzip.compress(lines.encode()))
    assert driver_log(s3, job, "j1")[-2:] == ["line 98", "line 99"]
    assert len(driver_log(s3, job, "j1")) == 40


def test_a_lake_or_a_place_for_logs_that_is_not_in_s3_is_refused():
    with pytest.raises(NormalizeError, match="--lake /srv/lake: EMR reads S3"):
        Job("00f1", ROLE, "/srv/lake", "run-1", SETTINGS)
    with pytest.raises(NormalizeError, match="--logs logs: EMR reads S3"):
        Job("00f1", ROLE, "s3://lake/pos", "run-1", SETTINGS, "logs")
