"""The steps on AWS: Lambda lands and cleans, EMR Serverless normalizes, the worker does the rest.

The names of what the infrastructure made stand in the Airflow Variable `franchise_aws`, a JSON
object that is read when a task runs: land_function, clean_function, normalize_application,
normalize_role, alerts_topic. The lake is FRANCHISE_LAKE, the warehouse is in
REDSHIFT_HOST and its like.
"""

import hashlib
import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from typing import Any

from airflow.providers.amazon.aws.hooks.sns import SnsHook
from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.sdk import Variable

from emr_staging.submit import (
    TIMEOUT_MINUTES,
    Job,
    check_done,
    name_of,
    next_run_id,
    start_request,
)
from lake.store import open_store
from orchestration.airflow import local, marts
from orchestration.airflow.platform import InstallationError, required
from orchestration.airflow.report import MARTS
from orchestration.pipeline import Facts
from orchestration.settings import normalize_settings

TARGET = "redshift"  # of profiles.yml
NAMES = "franchise_aws"
SUBJECT_LIMIT = 100  # characters of SNS
MESSAGE_LIMIT = 20_000  # characters; SNS takes 256 KB, and the hook writes up to 12 bytes for one
LAMBDA_LIMIT = timedelta(minutes=15)
# One slow call must not become two: wait longer than a function may run, and never try again.
PATIENCE = {"read_timeout": LAMBDA_LIMIT.total_seconds() + 60, "retries": {"total_max_attempts": 1}}
CALLS_AT_ONCE = 8
POLL_SECONDS = 15
JOB_LIMIT = timedelta(minutes=TIMEOUT_MINUTES + 10)  # EMR ends the job before we stop looking
TOO_LARGE = "too_large"  # what the function answers of a file that is beyond its memory

Event = dict[str, str]  # landing_id and manifest, as the function `land` answers with


class InvocationError(Exception):
    """Functions failed; the message holds their own words for the first few."""


class LandFunction(LambdaInvokeFunctionOperator):
    """The step land in a Lambda function, invoked until every file was looked at."""

    def execute(self, context: Any) -> list[list[Event]]:
        """The landings that wait to be cleaned, in batches; the step's facts are pushed aside."""
        while (answer := json.loads(super().execute(context)))["others"].get("postponed"):
            self.log.info("%s files are left for another invocation", answer["others"])
        landings = answer.pop("landings")
        while not answer["complete"]:  # one answer has no room for all
            self.payload = json.dumps({"after": landings[-1]["landing_id"]})
            answer |= json.loads(super().execute(context))
            landings += answer.pop("landings")
        context["ti"].xcom_push(key="facts", value=answer)
        return local.batches(landings)


class CleanFunction(LambdaInvokeFunctionOperator):
    """The step clean in a Lambda function, invoked for each landing of a batch."""

    def __init__(self, *, landings: list[Event], **options: Any) -> None:
        super().__init__(**options)
        self.landings = landings

    def execute(self, context: Any) -> Facts:
        """The step's facts; InvocationError after all landings were tried."""
        with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
            answers = list(pool.map(self._invoke, repeat(self.hook.conn), self.landings))
        failures = [answer["failure"] for answer in answers if "failure" in answer]
        if failures:
            first = "; ".join(failures[:5])
            raise InvocationError(f"{len(failures)} files could not be cleaned: {first}")
        return _clean_facts(answers)

    def _invoke(self, client: Any, landing: Event) -> dict[str, Any]:
        payload = json.dumps(landing).encode()
        response = client.invoke(FunctionName=self.function_name, Payload=payload)
        answer = json.loads(response["Payload"].read())
        if "FunctionError" in response:
            words = f"{answer.get('errorType')}: {answer.get('errorMessage')}"
            return {"failure": f"landing {landing['landing_id']}: {words}"}
        return answer


class NormalizeJob(EmrServerlessStartJobOperator):
    """The step normalize on EMR Serverless."""

    def __init__(self, *, job: Job, **options: Any) -> None:
        request = start_request(job)
        super().__init__(
            application_id=job.application_id,
            execution_role_arn=job.role,
            job_driver=request["jobDriver"],
            configuration_overrides=request.get("configurationOverrides"),
            config={"executionTimeoutMinutes": request["executionTimeoutMinutes"]},
            **options,
        )
        self.job = job

    def execute(self, context: Any, event: dict[str, Any] | None = None) -> str | None:
        """Start the job, or take up that of an earlier try, and wait for its end; its id.

        Raises JobError when the lake knows of no run.
        """
        full = context["params"]["full"]
        arguments = self.job_driver["sparkSubmit"]["entryPointArguments"]
        place = arguments.index("--run-id") + 1  # rendered, unlike the job's
        run_id = next_run_id(self.hook.conn, self.application_id, arguments[place])
        arguments[place] = self.client_request_token = run_id
        self.name = name_of(run_id)
        if full:
            arguments.append("--full")
        job_run_id = super().execute(context, event)
        check_done(open_store(self.job.lake), replace(self.job, run_id=run_id, full=full))
        return job_run_id


def land() -> Any:
    """The task `land`."""
    return _function(LandFunction, "land", payload="{}").output


def clean(found: Any) -> Any:
    """One task `clean` per batch of landings; none when nothing waits."""
    return _function(CleanFunction.partial, "clean").expand(landings=found)


def report() -> Any:
    """The task `report`, in the worker."""
    return local.report()


def normalize() -> Any:
    """The task `normalize`; it also runs when there was nothing to clean."""
    lake = required("FRANCHISE_LAKE", "s3://bucket/prefix")
    application, role = _named("normalize_application"), _named("normalize_role")
    run_id, logs = "{{ emr_run_id(run_id) }}", os.environ.get("FRANCHISE_EMR_LOGS")
    job = Job(application, role, lake, run_id, normalize_settings({}), logs)
    return NormalizeJob(
        **local.common("normalize"),
        job=job,
        waiter_delay=POLL_SECONDS,
        waiter_max_attempts=JOB_LIMIT.seconds // POLL_SECONDS,
        deferrable=False,
        trigger_rule="none_failed",
    )


def load() -> Any:
    """The task `load`, in the worker."""
    return local.in_worker("load", local.load_rows)


def build() -> Any:
    """The task group `build`: a task per model and its tests."""
    return marts.dbt_tasks(TARGET, {}, {})


def publish() -> Any:
    """The task `publish`, in the worker."""
    return local.in_worker("publish", local.publish_docs)


def reconcile() -> Any:
    """The task `reconcile`, in the worker."""
    return local.in_worker("reconcile", local.reconcile_run, outlets=[MARTS])


def control() -> Any:
    """The task `control`, in the worker."""
    return local.in_worker("control", local.control_deliveries)


def notify(subject: str, message: str) -> None:
    """Tell people: by the log and, as much as fits, by the topic of the alerts."""
    local.notify(subject, message)
    topic = made("alerts_topic")
    SnsHook().publish_to_target(topic, message[:MESSAGE_LIMIT], subject[:SUBJECT_LIMIT])


def made(name: str) -> str:
    """What the infrastructure made, by its name in the Variable `franchise_aws`.

    Raises InstallationError when the Variable, or the name in it, is missing.
    """
    names = Variable.get(NAMES, default=None, deserialize_json=True) or {}
    if name not in names:
        lack = f"lacks {name}" if names else "does not exist"
        raise InstallationError(
            f"the Airflow Variable {NAMES} {lack}. Set it to a JSON object that names what the "
            "infrastructure made (orchestration/airflow/README.md lists the names), then clear the "
            "task."
        )
    return names[name]


def emr_run_id(run_id: str) -> str:
    """An id of normalize for a run of the DAG, in which EMR and keys take any character."""
    digest = hashlib.sha256(run_id.encode()).hexdigest()
    return f"{re.sub('[^A-Za-z0-9._-]', '_', run_id)[:48]}-{digest[:6]}"


def _clean_facts(answers: list[dict[str, Any]]) -> Facts:
    """What the command line's step says of itself, from the functions' answers."""
    uncleaned = _files(answers, TOO_LARGE)
    return {
        "files": len(answers) - len(uncleaned),
        "rows_loaded": sum(answer["counts"]["loaded"] for answer in answers),
        "rows_rejected": sum(answer["counts"]["rejected"] for answer in answers),
        "quarantined": _files(answers, "quarantined"),
        "uncleaned": uncleaned,
    }


def _files(answers: list[dict[str, Any]], status: str) -> list[dict[str, Any]]:
    names = ("path", "reason", "message")
    return [{name: a[name] for name in names} for a in answers if a["status"] == status]


def _function(make: Any, name: str, **options: Any) -> Any:
    return make(
        **local.common(name),
        function_name=_named(f"{name}_function"),
        botocore_config=PATIENCE,
        **options,
    )


def _named(name: str) -> str:
    return f"{{{{ made('{name}') }}}}"


# what the tasks' templates may call
MACROS = local.MACROS | {"made": made, "emr_run_id": emr_run_id}
