"""The DAG on AWS against moto's server: what the tasks ask of AWS, and what they do with answers.

Moto runs no function and no job: the answers are ours, and nothing but the requests is asserted.
"""

import io
import json
import threading

import boto3
import pytest
import requests
from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from tests.conftest import AWS

LANDING = {"landing_id": "0123abcd", "manifest": "raw/manifests/file=f1/5e1f.json"}
LANDED = {"files": 2, "landed": 1, "others": {}, "bytes_downloaded": 10, "failed": []}
LAND = (
    LANDED | {"others": {"postponed": 1}, "complete": False, "landings": []},
    LANDED | {"complete": True, "landings": [LANDING]},
)
CLEAN = {
    "landing_id": "0123abcd",
    "path": "monday.csv",
    "status": "loaded",
    "reason": None,
    "message": None,
    "counts": {"loaded": 3, "rejected": 1},
}


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
def on_aws(aws_server, deployed):
    """The environment of an Airflow on AWS."""
    names = {"endpoint_url": aws_server.url, "region_name": "us-east-1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in AWS.items():
            patch.setenv(name, value)
        emr = boto3.client("emr-serverless", **names)
        app = emr.create_application(name="n", releaseLabel="emr-7.0.0", type="SPARK")
        topic = boto3.client("sns", **names).create_topic(Name="alerts")["TopicArn"]
    variable = {
        "land_function": "franchise-land",
        "clean_function": "franchise-clean",
        "normalize_application": app["applicationId"],
        "normalize_role": "arn:aws:iam::123456789012:role/normalize",
        "normalize_entry_point": "local:///app/emr_staging/__main__.py",
        "alerts_topic": topic,
    }
    return (
        deployed
        | AWS
        | {
            "AWS_ENDPOINT_URL": aws_server.url,
            "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
            "AIRFLOW_VAR_FRANCHISE_AWS": json.dumps(variable),
            "FRANCHISE_PLATFORM": "aws",
            "FRANCHISE_LAKE": "s3://lake/prefix",
        }
    )


@pytest.fixture(scope="module")
def states(on_aws, aws_server, run_dag):
    """The states of a run of land, clean and normalize; the rest needs a warehouse.

    The functions' answers are put into moto, in order; normalize's job succeeds without running.
    """
    answers = {"results": [json.dumps(answer) for answer in (*LAND, CLEAN)]}
    url = f"{aws_server.url}/moto-api/static/lambda-simple/response"
    assert requests.post(url, json=answers, timeout=10).ok
    return run_dag(r"load|build\..*|publish|reconcile", **on_aws).states


def test_land_is_invoked_until_every_file_was_looked_at(states, aws_server):
    assert states["land"] == "success"
    assert aws_server.asked("/functions/franchise-land/invocations") == [{}, {}]


def test_every_landing_that_waits_is_given_to_the_clean_function(states, aws_server):
    assert states["clean"] == "success"
    assert aws_server.asked("/functions/franchise-clean/invocations") == [LANDING]


def test_normalize_is_one_spark_job_over_the_lake(states, aws_server):
    assert states["normalize"] == "success"
    (job,) = [asked for asked in aws_server.asked("/jobruns") if "jobDriver" in asked]
    assert job["executionRoleArn"] == "arn:aws:iam::123456789012:role/normalize"
    assert job["jobDriver"]["sparkSubmit"] == {
        "entryPoint": "local:///app/emr_staging/__main__.py",
        "entryPointArguments": [
            *("--lake", "s3://lake/prefix", "--engine", "cluster"),
            *("--default-timezone", "America/New_York"),
            *("--business-day-start-hour", "0", "--withdrawn", "keep"),
        ],
    }


def test_people_are_told_by_the_topic_of_the_alerts(on_aws, aws_server, python):
    code = "from orchestration.airflow import aws; aws.notify('clean failed', 'Cause: x')"
    done = python("-c", code, **on_aws)
    assert done.returncode == 0, done.stderr
    (body,) = [body for _, _, body in aws_server.requests if "Action=Publish" in body]
    assert "Subject=clean+failed" in body
    assert "Cause%3A+x" in body
    assert "TargetArn=arn%3Aaws%3Asns%3Aus-east-1%3A123456789012%3Aalerts" in body
