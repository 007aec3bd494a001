"""The steps on AWS: Lambda lands and cleans, EMR Serverless normalizes, the worker does the rest.

The names of what the infrastructure made stand in the Airflow Variable `franchise_aws`, a JSON
object that is read when a task runs: land_function, clean_function, normalize_application,
normalize_role, normalize_entry_point, alerts_topic. The lake is FRANCHISE_LAKE, the warehouse is in
REDSHIFT_HOST and its like.
"""

import json
from datetime import timedelta
from typing import Any

from airflow.providers.amazon.aws.hooks.sns import SnsHook
from airflow.providers.amazon.aws.operators.emr import EmrServerlessStartJobOperator
from airflow.providers.amazon.aws.operators.lambda_function import LambdaInvokeFunctionOperator
from airflow.sdk import Variable

from orchestration.airflow import local, marts
from orchestration.airflow.platform import required, workspace
from orchestration.settings import read_defaults

TARGET = "redshift"  # of profiles.yml
NAMES = "franchise_aws"
SUBJECT_LIMIT = 100  # of SNS
LAMBDA_LIMIT = timedelta(minutes=15)
# One slow call must not become two: wait longer than a function may run, and never try again.
PATIENCE = {"read_timeout": LAMBDA_LIMIT.total_seconds() + 60, "retries": {"total_max_attempts": 1}}
POLL_SECONDS = 15
JOB_LIMIT = timedelta(hours=6)


class StepFunction(LambdaInvokeFunctionOperator):
    """A step in a Lambda function, which answers with the step's facts."""

    def execute(self, context: Any) -> Any:
        """The facts; the function's own words are in the error when it fails."""
        return json.loads(super().execute(context))


class LandFunction(StepFunction):
    """The step land; gives the landing ids that wait to be cleaned, in batches."""

    def execute(self, context: Any) -> list[list[str]]:
        """Push the facts aside: what a task returns can be mapped over."""
        context["ti"].xcom_push(key="facts", value=super().execute(context))
        return local.waiting(workspace().store)


class NormalizeJob(EmrServerlessStartJobOperator):
    """The step normalize on EMR Serverless."""

    def execute(self, context: Any, event: dict[str, Any] | None = None) -> str | None:
        """Start the job and wait for its end; its id."""
        if context["params"]["full"]:
            self.job_driver["sparkSubmit"]["entryPointArguments"].append("--full")
        return super().execute(context, event)


def land() -> Any:
    """The task `land`."""
    return _function(LandFunction, "land", payload="{}").output


def clean(batches: Any) -> Any:
    """One task `clean` per batch of landing ids; none when nothing waits."""
    payloads = batches.map(lambda landings: json.dumps({"landing_ids": landings}))
    return _function(StepFunction.partial, "clean").expand(payload=payloads)


def normalize() -> Any:
    """The task `normalize`; it also runs when there was nothing to clean."""
    values = read_defaults()
    arguments = ["--lake", required("FRANCHISE_LAKE", "s3://bucket/prefix"), "--engine", "cluster"]
    for name in ("default_timezone", "business_day_start_hour", "withdrawn"):
        arguments += [f"--{name.replace('_', '-')}", str(values[name])]
    job = {"entryPoint": _named("normalize_entry_point"), "entryPointArguments": arguments}
    return NormalizeJob(
        **local.common("normalize"),
        application_id=_named("normalize_application"),
        execution_role_arn=_named("normalize_role"),
        job_driver={"sparkSubmit": job},
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
    return local.in_worker("reconcile", local.reconcile_run, outlets=[local.MARTS])


def notify(subject: str, message: str) -> None:
    """Tell people: by the log and by the topic of the alerts."""
    local.notify(subject, message)
    topic = Variable.get(NAMES, deserialize_json=True)["alerts_topic"]
    SnsHook().publish_to_target(topic, message, subject[:SUBJECT_LIMIT])


def _function(make: Any, name: str, **options: Any) -> Any:
    return make(
        **local.common(name),
        function_name=_named(f"{name}_function"),
        botocore_config=PATIENCE,
        **options,
    )


def _named(name: str) -> str:
    return f"{{{{ var.json.{NAMES}.{name} }}}}"
