"""The DAG on AWS against moto's server: what the tasks ask of AWS, and what they do with answers.

Moto runs no function and no job: the answers are ours, and nothing but the requests is asserted.
"""

import io
import json
import re
import threading

import boto3
import pytest
import requests
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from lake import layout
from tests.conftest import AWS

LANDING = {"landing_id": "0123abcd", "manifest": "raw/manifests/file=f1/5e1f.json"}
OTHER = {"landing_id": "4567cdef", "manifest": "raw/manifests/file=f2/5e1f.json"}
LANDED = {"files": 2, "landed": 1, "others": {}, "bytes_downloaded": 10, "failed": []}
LAND = (
    LANDED | {"others": {"postponed": 1}, "complete": False, "landings": []},
    LANDED | {"complete": False, "landings": [LANDING]},
    {"complete": True, "landings": [OTHER]},
)
CLEAN = {
    "landing_id": "0123abcd",
    "path": "monday.csv",
    "status": "loaded",
    "reason": None,
    "message": None,
    "counts": {"loaded": 3, "rejected": 1},
}


TOO_LARGE = {
    "landing_id": "4567cdef",
    "path": "year.csv",
    "status": "too_large",
    "reason": "too_large",
    "message": "Run `franchise clean`",
    "counts": {"loaded": 0, "rejected": 0},
}
MONDAY = {
    "schema_version": 1,
    "contract_version": 1,
    "landing_id": "m",
    "file_id": "m",
    "sha256": "m",
    "version": 1,
    "path": "monday.csv",
    "entity": "order_items",
    "status": "loaded",
    "restaurants": ["boston-01"],
    "modified_at": "2026-06-02T10:00:00.000000Z",
    "landed_at": "2026-06-02T10:05:00.000000Z",
    "first_created_at": "2026-06-01T17:00:00.000000Z",
    "last_created_at": "2026-06-01T17:00:00.000000Z",
    "counts": {"loaded": 0, "rejected": 0},
    "money": {"item_price": "0.0000"},
    "outputs": {"clean": None, "rejects": None},
    **dict.fromkeys(("message", "remedy")),
    **{"missing_columns": [], "unknown_columns": [], "repaired_by_kind": {}},
}
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
AS_OF = '{"as_of": "2026-06-02"}'  # of which boston-01 has delivered nothing


class RecordingAws:
    """Moto's server, and every request that came: (method, path, body)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str]] = []
        self.app = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        path = environ["PATH_INFO"]
        self.requests.append((environ["REQUEST_METHOD"], path, body.decode(errors="replace")))
        return self.app(environ, start_response)

    def published(self, subject: str) -> list[str]:
        """The messages to a topic with this subject."""
        bodies = [body for _, _, body in self.requests if "Action=Publish" in body]
        return [body for body in bodies if f"Subject={subject}" in body]

    def asked(self, path: str) -> list[dict]:
        return [json.loads(body or "{}") for _, found, body in self.requests if path in found]


@pytest.fixture(scope="module")
def aws_server():
    default_user_config["lambda"] = {"use_docker": False}  # a function answers with its payload
    recording = RecordingAws()
    thread = threading.Thread(target=recording.server.serve_forever, daemon=True)
    thread.start()
    yield recording
    recording.server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def on_aws(aws_server, deployed, python):
    """The environment of an Airflow on AWS; what its lake holds is normalized."""
    names = {"endpoint_url": aws_server.url, "region_name": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in AWS.items():
            patch.setenv(name, value)
        s3 = boto3.client("s3", **names)
        s3.create_bucket(Bucket="lake")
        s3.put_object(Bucket="lake", Key=f"prefix/{layout.ledger('m')}", Body=json.dumps(MONDAY))
        emr = boto3.client("emr-serverless", **names)
        app = emr.create_application(name="n", releaseLabel="emr-7.0.0", type="SPARK")
        topic = boto3.client("sns", **names).create_topic(Name="alerts")["TopicArn"]
    variable = {
        "land_function": "franchise-land",
        "clean_function": "franchise-clean",
        "normalize_application": app["applicationId"],
        "normalize_role": "arn:aws:iam::123456789012:role/normalize",
        "alerts_topic": topic,
    }
    environment = (
        deployed
        | AWS
        | {
            "AWS_ENDPOINT": aws_server.url,
            "AWS_ENDPOINT_URL": aws_server.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
            "AWS_REGION": "us-east-1",
            "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
            "AIRFLOW_VAR_FRANCHISE_AWS": json.dumps(variable),
            "FRANCHISE_PLATFORM": "aws",
            "FRANCHISE_LAKE": "s3://lake/prefix",
            "FRANCHISE_EMR_LOGS": "s3://lake/logs",
        }
    )
    job = ("-m", "emr_staging", "--lake", "s3://lake/prefix", "--engine", "sail")
    done = python(*job, **environment)
    assert done.returncode == 0, done.stderr
    return environment


@pytest.fixture(scope="module")
def states(on_aws, aws_server, run_dag):
    """The states of a run of the tasks up to load, which finds no warehouse, and of control.

    The functions' answers are put into moto, in order; normalize's job succeeds without running.
    """
    answers = {"results": [json.dumps(answer) for answer in (*LAND, CLEAN, TOO_LARGE)]}
    url = f"{aws_server.url}/moto-api/static/lambda-simple/response"
    assert requests.post(url, json=answers, timeout=10).ok
    return run_dag(r"build\..*|publish|reconcile", AS_OF, **on_aws).states


def test_land_is_invoked_until_every_file_was_looked_at_and_every_landing_told(states, aws_server):
    assert states["land"] == "success"
    asked = aws_server.asked("/functions/franchise-land/invocations")
    assert asked == [{}, {}, {"after": "0123abcd"}]


def test_every_landing_that_waits_is_given_to_the_clean_function(states, aws_server):
    assert states["clean"] == "success"
    asked = aws_server.asked("/functions/franchise-clean/invocations")
    assert sorted(asked, key=lambda event: event["landing_id"]) == [LANDING, OTHER]


def test_a_file_too_large_for_the_function_is_not_in_the_numbers_and_stops_nothing(
    states, on_aws, python
):
    assert (states["clean"], states["normalize"]) == ("success", "success")
    code = (
        "import json\n"
        "from orchestration.airflow.aws import _clean_facts\n"
        "from orchestration.airflow.report import missing\n"
        f"facts = _clean_facts({[CLEAN, TOO_LARGE]!r})\n"
        "steps = {'land': {}, 'clean': [facts, None]}\n"
        "print(json.dumps([facts['files'], missing(steps, [])]))"
    )
    done = python("-c", code, **on_aws)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [
        1,
        [{"path": "year.csv", "reason": "too_large", "message": "Run `franchise clean`"}],
    ]


def test_operators_are_told_by_the_worker_before_there_is_a_warehouse(states, on_aws, aws_server):
    assert (states["report"], states["load"]) == ("success", "failed")
    s3 = boto3.client("s3", endpoint_url=aws_server.url, region_name="us-east-1", **CREDENTIALS)
    found = s3.list_objects_v2(Bucket="lake", Prefix=f"prefix/{layout.REPORTS}/")["Contents"]
    assert any(item["Key"].endswith("/report.html") for item in found)


def test_normalize_is_one_spark_job_over_the_lake(states, aws_server):
    assert states["normalize"] == "success"
    (job,) = [asked for asked in aws_server.asked("/jobruns") if "jobDriver" in asked]
    assert job["executionRoleArn"] == "arn:aws:iam::123456789012:role/normalize"
    spark = job["jobDriver"]["sparkSubmit"]
    arguments = spark["entryPointArguments"]
    run_id = arguments.pop(3)
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,48}-[0-9a-f]{6}-0", run_id)
    assert (job["name"], job["clientToken"]) == (f"normalize {run_id}", run_id)
    assert job["executionTimeoutMinutes"] == 360
    assert job["configurationOverrides"] == {
        "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://lake/logs"}}
    }
    assert spark["entryPoint"] == "local:///opt/franchise/job.py"
    assert arguments == [
        *("--lake", "s3://lake/prefix", "--run-id"),
        *("--default-timezone", "America/New_York"),
        *("--business-day-start-hour", "0", "--withdrawn", "keep", "--target-file-mb", "128"),
    ]
    assert "--conf spark.sql.files.openCostInBytes=16384" in spark["sparkSubmitParameters"]


def test_a_job_that_succeeds_without_a_run_file_in_the_lake_fails_the_task(on_aws, python):
    """--full is to write one whatever the lake holds; moto's jobs end as SUCCESS and write none."""
    variable = json.loads(on_aws["AIRFLOW_VAR_FRANCHISE_AWS"])
    application, role = variable["normalize_application"], variable["normalize_role"]
    code = (
        "from orchestration.airflow import aws\n"
        "from emr_staging.settings import NormalizeSettings\n"
        f"job = aws.Job({application!r}, {role!r}, 's3://lake/prefix', 'run-1',"
        " NormalizeSettings('America/New_York'))\n"
        "for full in (False, True):\n"
        "    task = aws.NormalizeJob(task_id='normalize', job=job)\n"
        "    print('id', task.execute({'params': {'full': full}}))"
    )
    done = python("-c", code, **on_aws)
    assert done.returncode == 1
    assert re.search(r"^id \w+$", done.stdout, re.MULTILINE), done.stderr  # nothing was left to do
    assert done.stderr.splitlines()[-1].startswith(
        "emr_staging.submit.JobError: EMR says that the job of run run-1-1 succeeded, but there "
        "is no normalized/runs/run-1-1-*.json in s3://lake/prefix"
    )


def test_a_warehouse_that_nothing_names_fails_load_and_is_told_by_the_topic(states, aws_server):
    assert (states["load"], states["publish"]) == ("failed", "upstream_failed")
    (body,) = aws_server.published("daily_elt%3A+load+failed")
    assert "Check+REDSHIFT_HOST" in body
    assert "Nothing+was+loaded" in body


def test_a_missing_variable_is_named_with_what_to_set(on_aws, run_dag):
    without = on_aws | {"AIRFLOW_VAR_FRANCHISE_AWS": "{}"}
    done = run_dag(r"build\..*|publish|reconcile|control", **without)
    assert (done.states["land"], done.states["load"]) == ("failed", "upstream_failed")
    assert "the Airflow Variable franchise_aws does not exist. Set it to a JSON object" in done.said


def test_a_name_that_the_variable_lacks_is_told(on_aws, python):
    code = "from orchestration.airflow import aws; aws.made('land_function')"
    lacking = on_aws | {"AIRFLOW_VAR_FRANCHISE_AWS": '{"alerts_topic": "t"}'}
    done = python("-c", code, **lacking)
    assert "the Airflow Variable franchise_aws lacks land_function" in done.stderr


@pytest.mark.long
def test_an_overdue_delivery_is_told_by_the_topic_once_and_fails_nothing(
    states, on_aws, aws_server, run_dag
):
    assert states["control"] == "success"
    run_dag(r"land|clean|report|normalize|load|build\..*|publish|reconcile", AS_OF, **on_aws)
    (body,) = aws_server.published("daily_elt%3A+1+deliveries+are+overdue")
    assert "2026-06-02%2C+due+2026-06-03+16%3A00+UTC" in body
    assert "boston-01" in body


def test_people_are_told_by_the_topic_of_the_alerts(on_aws, aws_server, python):
    code = "from orchestration.airflow import aws; aws.notify('clean failed', 'Cause: x')"
    done = python("-c", code, **on_aws)
    assert done.returncode == 0, done.stderr
    (body,) = aws_server.published("clean+failed")
    assert "Cause%3A+x" in body
    assert "TargetArn=arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3Aalerts" in body


def test_a_message_is_cut_to_what_the_topic_takes(on_aws, aws_server, python):
    code = "from orchestration.airflow import aws; aws.notify('too long', '\\U0001f355' * 200_000)"
    done = python("-c", code, **on_aws)
    assert done.returncode == 0, done.stderr
    (body,) = aws_server.published("too+long")
    assert body.count("ud83c") == 20_000
