"""Run the normalize job on EMR Serverless: start, wait, show the driver's log, cancel.

`franchise submit-emr` is the command line of this module.
"""

import gzip
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emr_staging.errors import NormalizeError
from emr_staging.limits import TARGET_FILE_MB
from emr_staging.plan import make_plan
from emr_staging.settings import NormalizeSettings, check_run_id
from emr_staging.state import State
from lake import layout
from lake.s3 import KMS_VARIABLE
from lake.store import Store

if TYPE_CHECKING:
    from mypy_boto3_emr_serverless import EMRServerlessClient
    from mypy_boto3_s3 import S3Client

ENTRY_POINT = "local:///opt/franchise/job.py"  # inside the image that emr_staging/Dockerfile builds
DONE = "SUCCESS"
ENDED = {DONE, "FAILED", "CANCELLED"}
POLL_SECONDS = 15
TIMEOUT_MINUTES = 360  # a rebuild of years takes hours
LOG_LINES = 40
SPARK = {
    "spark.driver.cores": "4",
    "spark.driver.memory": "14g",
    "spark.executor.cores": "4",
    "spark.executor.memory": "14g",
    "spark.dynamicAllocation.maxExecutors": "20",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",  # 64 MB, not many small
    "spark.sql.adaptive.advisoryPartitionSizeInBytes": "128m",
    "spark.sql.files.openCostInBytes": "16384",
    "spark.sql.shuffle.partitions": "200",
}


class JobError(Exception):
    """The job did not end well."""


@dataclass(frozen=True)
class Job:
    """Where the job runs and what it normalizes; `logs` is an s3:// prefix.

    `kms_key` (an id, alias or ARN) encrypts what it writes; None: as the bucket's default says.
    """

    application_id: str
    role: str
    lake: str
    run_id: str
    settings: NormalizeSettings
    logs: str | None = None
    full: bool = False
    target_file_mb: float = TARGET_FILE_MB
    spark: dict[str, str] = field(default_factory=dict)
    kms_key: str | None = field(default_factory=lambda: os.environ.get(KMS_VARIABLE))

    def __post_init__(self) -> None:
        for name, place in (("--lake", self.lake), ("--logs", self.logs)):
            if place and not place.startswith("s3://"):
                raise NormalizeError(f"{name} {place}: EMR reads S3; write s3://bucket/prefix")


def start_request(job: Job) -> dict[str, Any]:
    """The parameters of StartJobRun; a retry with the same run id starts no second job."""
    options = SPARK | (encryption(job.kms_key) if job.kms_key else {}) | job.spark
    arguments = [
        *("--lake", job.lake),
        *("--run-id", job.run_id),
        *("--default-timezone", job.settings.default_timezone),
        *("--business-day-start-hour", str(job.settings.business_day_start_hour)),
        *("--withdrawn", job.settings.withdrawn),
        *("--target-file-mb", f"{job.target_file_mb:g}"),
        *(["--full"] if job.full else []),
    ]
    driver = {
        "entryPoint": ENTRY_POINT,
        "entryPointArguments": arguments,
        "sparkSubmitParameters": " ".join(f"--conf {k}={v}" for k, v in sorted(options.items())),
    }
    request = {
        "applicationId": job.application_id,
        "clientToken": job.run_id,
        "executionRoleArn": job.role,
        "jobDriver": {"sparkSubmit": driver},
        "executionTimeoutMinutes": TIMEOUT_MINUTES,
        "name": name_of(job.run_id),
    }
    if job.logs:
        monitoring = {"s3MonitoringConfiguration": {"logUri": job.logs}}
        request["configurationOverrides"] = {"monitoringConfiguration": monitoring}
    return request


def encryption(kms_key: str) -> dict[str, str]:
    """Spark options by which driver, executors and EMR's file systems encrypt by a key of KMS.

    Releases from 7.10 on write by S3A, those before by EMRFS; each ignores the other's names.
    """
    return {
        f"spark.emr-serverless.driverEnv.{KMS_VARIABLE}": kms_key,
        f"spark.executorEnv.{KMS_VARIABLE}": kms_key,
        "spark.hadoop.fs.s3a.encryption.algorithm": "SSE-KMS",
        "spark.hadoop.fs.s3a.encryption.key": kms_key,
        "spark.hadoop.fs.s3.enableServerSideEncryption": "true",
        "spark.hadoop.fs.s3.serverSideEncryption.kms.keyId": kms_key,
    }


def next_run_id(client: "EMRServerlessClient", application_id: str, run_id: str) -> str:
    """`run_id`-0, -1, ...: by which whoever lost sight of a job of the run takes it up again.

    As run id and clientToken it is the same while that job is under way, so that EMR answers with
    it, and another one once the job has ended, well or not.
    """
    pages = client.get_paginator("list_job_runs").paginate(
        applicationId=application_id, states=sorted(ENDED)
    )
    try:
        names = [run.get("name", "") for page in pages for run in page["jobRuns"]]
    except client.exceptions.ResourceNotFoundException:
        names = []  # no job yet; where there is no application either, StartJobRun will say so
    return f"{run_id}-{sum(name.startswith(f'{name_of(run_id)}-') for name in names)}"


def name_of(run_id: str) -> str:
    """What EMR calls a run's jobs."""
    return f"normalize {run_id}"


def start(client: "EMRServerlessClient", job: Job) -> str:
    """Start the job; its job run id. Raises NormalizeError on a run id that cannot be one."""
    check_run_id(job.run_id)
    return client.start_job_run(**start_request(job))["jobRunId"]


def wait(
    client: "EMRServerlessClient",
    job: Job,
    job_run_id: str,
    tell: Callable[[str], None],
    poll_seconds: float = POLL_SECONDS,
) -> None:
    """Return when the job is done; `tell` hears every new state. Raises JobError when it fails.

    A KeyboardInterrupt cancels the job before it goes on.
    """
    state = None
    try:
        while state not in ENDED:
            found = client.get_job_run(applicationId=job.application_id, jobRunId=job_run_id)
            run = found["jobRun"]
            if run["state"] != state:
                tell(state := run["state"])
            elif state not in ENDED:
                time.sleep(poll_seconds)
    except KeyboardInterrupt:
        cancel(client, job.application_id, job_run_id)
        raise
    if state != DONE:
        details = run.get("stateDetails") or "no details."
        raise JobError(
            f"EMR job {job_run_id} of run {job.run_id} ended as {state}: {details} "
            f"Its logs are below {_log_folder(job, job_run_id)}. What readers see did not change."
        )


def check_done(store: Store, job: Job) -> None:
    """Raise JobError unless the lake holds the run's file, or nothing was left to normalize."""
    runs = f"{layout.NORMALIZED_RUNS}/{job.run_id}-"
    if any(key.startswith(runs) for key in store.list(layout.NORMALIZED_RUNS)):
        return
    if not make_plan(store, State(store), job.settings, job.full).is_empty:
        raise JobError(
            f"EMR says that the job of run {job.run_id} succeeded, but there is no {runs}*.json in "
            f"{job.lake}, and files there wait to be normalized. Read the job's log, run it again."
        )


def cancel(client: "EMRServerlessClient", application_id: str, job_run_id: str) -> None:
    """Ask EMR to end the job; what readers see does not change."""
    client.cancel_job_run(applicationId=application_id, jobRunId=job_run_id)


def driver_log(s3: "S3Client", job: Job, job_run_id: str) -> list[str]:
    """The last lines that the driver wrote; none when there is no log (yet)."""
    folder = _log_folder(job, job_run_id)
    if not job.logs:
        return []
    bucket, _, prefix = folder.removeprefix("s3://").partition("/")
    key = f"{prefix}/SPARK_DRIVER/stderr.gz"
    try:
        data = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return []
    return gzip.decompress(data).decode(errors="replace").splitlines()[-LOG_LINES:]


def _log_folder(job: Job, job_run_id: str) -> str:
    if not job.logs:
        return "(no --logs were given)"
    return f"{job.logs.rstrip('/')}/applications/{job.application_id}/jobs/{job_run_id}"
