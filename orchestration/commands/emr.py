"""The commands that normalize on EMR Serverless instead of this machine."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError

from emr_staging.errors import NormalizeError
from emr_staging.limits import TARGET_FILE_MB
from emr_staging.submit import (
    POLL_SECONDS,
    Job,
    JobError,
    cancel,
    check_done,
    driver_log,
    start,
    wait,
)
from lake.store import open_store
from orchestration.commands.options import FileSize, Full, Var, complain, console, usage_errors
from orchestration.exit_codes import FAILED
from orchestration.pipeline import new_run_id
from orchestration.settings import normalize_settings, parse_settings

if TYPE_CHECKING:
    from mypy_boto3_emr_serverless import EMRServerlessClient

emr = typer.Typer()

ServiceErrors = (BotoCoreError, ClientError)
Application = Annotated[
    str, typer.Option(envvar="FRANCHISE_EMR_APPLICATION", help="Id of the EMR application.")
]
Role = Annotated[
    str, typer.Option(envvar="FRANCHISE_EMR_ROLE", help="ARN of the role that the job runs as.")
]
Lake = Annotated[str, typer.Option(envvar="FRANCHISE_LAKE", help="s3://bucket/prefix")]
Logs = Annotated[
    str | None,
    typer.Option(envvar="FRANCHISE_EMR_LOGS", help="s3://bucket/prefix for the job's own logs."),
]
RunId = Annotated[
    str | None, typer.Option(help="The same id starts one job only. Left out: a new one.")
]
Poll = Annotated[float, typer.Option(min=0, help="Seconds between two looks at the job.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the job's end.")]
JobRunId = Annotated[str, typer.Argument(help="The job's id, as `submit-emr` printed it.")]


@emr.command()
def submit_emr(
    application_id: Application,
    role: Role,
    lake: Lake,
    logs: Logs = None,
    run_id: RunId = None,
    full: Full = False,
    var: Var = None,
    target_file_mb: FileSize = TARGET_FILE_MB,
    poll_seconds: Poll = POLL_SECONDS,
    no_wait: NoWait = False,
) -> None:
    """Run normalize on EMR Serverless (Spark) and wait for its end; an interrupt cancels the job.

    Exit codes: 0 it succeeded, and the lake holds what it wrote (or it was started, with
    --no-wait); 1 it failed, and the end of its driver's log is shown; 2 it could not be started;
    130 interrupted.

    Example: franchise submit-emr --application-id 00f1 --role arn:aws:iam::1:role/normalize
    --lake s3://bucket/lake --logs s3://bucket/logs
    """
    with usage_errors(), refusals():
        settings = normalize_settings(parse_settings(var or []))
        run_id = run_id or new_run_id()
        job = Job(application_id, role, lake, run_id, settings, logs, full, target_file_mb)
        client = boto3.client("emr-serverless")
        job_run_id = start(client, job)
    console.print(f"EMR job {job_run_id} of run {job.run_id}", highlight=False)
    if not no_wait:
        _wait(client, job, job_run_id, poll_seconds)


@emr.command()
def cancel_emr(job_run_id: JobRunId, application_id: Application) -> None:
    """Cancel a job that `submit-emr` started; what readers see does not change.

    Example: franchise cancel-emr 00f1abc --application-id 00f1
    """
    with refusals():
        cancel(boto3.client("emr-serverless"), application_id, job_run_id)


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What EMR or the client refuses is an error of usage or set-up: one line, exit code 2."""
    try:
        yield
    except ServiceErrors as error:
        said = " ".join(str(error).split())
        raise typer.TyperException(f"EMR did not take the request: {said}") from error


def _wait(client: "EMRServerlessClient", job: Job, job_run_id: str, poll_seconds: float) -> None:
    """Print every state of the job; when it fails, the end of its log, and end with exit code 1.

    A success that the lake knows nothing of is a failure.
    """
    try:
        wait(client, job, job_run_id, console.print, poll_seconds)
        check_done(open_store(job.lake), job)
    except (JobError, NormalizeError, *ServiceErrors) as error:
        for line in _log_of(job, job_run_id):
            complain(line)
        complain(f"error: {error}")
        raise typer.Exit(FAILED) from error


def _log_of(job: Job, job_run_id: str) -> list[str]:
    try:
        return driver_log(boto3.client("s3"), job, job_run_id)
    except ServiceErrors as error:
        return [f"The job's log could not be read: {error}"]
