"""The DAG on AWS fills the warehouse: load and dbt's tasks on the stand-in for Redshift.

Moto's server is S3, Lambda and EMR Serverless; it runs no job, so the lake is filled before. Every
task has a dbt of its own here, so only the models that all others are built from are really built.
"""

import json

import boto3
import pytest
import redshift_connector
import requests
from moto.core.config import default_user_config

from tests.conftest import AWS
from tests.orchestration.airflow.installation import CARD_KEY, ROOT
from tests.orchestration.airflow.test_bad_input import GOOD

NOTHING_NEW = {
    **{"files": 1, "landed": 0, "others": {}, "bytes_downloaded": 0, "failed": []},
    **{"complete": True, "landings": []},
}
BUILT = ("dayparts", "rfm_segments", "holidays", "stg_pos__order_items", "int_as_of")
TAKEN_FOR_DONE = rf"publish|reconcile|control|build\.(?!({'|'.join(BUILT)})[._]).*"


@pytest.fixture
def on_aws(aws, bucket, standin, redshift, monkeypatch):
    """The environment of an Airflow on AWS whose warehouse is the stand-in."""
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
    monkeypatch.setattr(standin.shared.storage, "client", boto3.client("s3"))
    emr = boto3.client("emr-serverless")
    app = emr.create_application(name="n", releaseLabel="emr-7.0.0", type="SPARK")
    variable = {
        "land_function": "franchise-land",
        "clean_function": "franchise-clean",
        "normalize_application": app["applicationId"],
        "normalize_role": "arn:aws:iam::123456789012:role/normalize",
        "alerts_topic": boto3.client("sns").create_topic(Name="alerts")["TopicArn"],
    }
    answers = {"results": [json.dumps(NOTHING_NEW)]}
    url = f"{aws}/moto-api/static/lambda-simple/response"
    assert requests.post(url, json=answers, timeout=10).ok
    sail = {
        "AWS_ENDPOINT": aws,
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
        "AWS_REGION": "us-east-1",
    }
    return (
        AWS
        | sail
        | redshift
        | {
            "AWS_ENDPOINT_URL": aws,
            "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
            "AIRFLOW_VAR_FRANCHISE_AWS": json.dumps(variable),
            "FRANCHISE_PLATFORM": "aws",
            "FRANCHISE_LAKE": f"s3://{bucket}/lake",
        }
    )


@pytest.fixture
def filled(on_aws, python, tmp_path):
    """The same, after one order was landed, cleaned and normalized into the lake."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "monday.csv").write_text(GOOD)
    environment = on_aws | CARD_KEY | {"PYTHONPATH": str(ROOT)}
    for step, *given in (("land", "--source", tmp_path / "in"), ("clean",), ("normalize",)):
        arguments = ("-m", "orchestration", step, *given, "--workspace", tmp_path / "ws")
        done = python(*arguments, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
    manifest = {"FRANCHISE_WORKSPACE": str(tmp_path / "ws")}
    done = python("-m", "orchestration.airflow", "manifest", **environment | manifest)
    assert done.returncode == 0, done.stdout + done.stderr
    return on_aws | manifest


@pytest.fixture
def rows_of(redshift):
    """Runs a query on the stand-in."""
    connection = redshift_connector.connect(
        host=redshift["REDSHIFT_HOST"],
        port=int(redshift["REDSHIFT_PORT"]),
        database=redshift["REDSHIFT_DATABASE"],
        user=redshift["REDSHIFT_USER"],
        password=redshift["REDSHIFT_PASSWORD"],
        ssl=False,
    )

    def fetch(query):
        cursor = connection.cursor()
        cursor.execute(query)
        return [tuple(row) for row in cursor.fetchall()]

    yield fetch
    connection.close()


@pytest.mark.long
def test_load_and_dbt_fill_the_warehouse_that_the_variables_name(filled, run_dag, rows_of):
    done = run_dag(TAKEN_FOR_DONE, **filled)
    assert done.states["run"] == "success", done.said[-5000:]
    assert done.states["clean"] == "skipped"
    order = "select order_id, item_price::varchar, business_date::varchar from {}"
    assert rows_of(order.format("staging.stg_pos__order_items")) == [("1", "10.0000", "2026-01-02")]
    assert rows_of("select as_of_date::varchar from intermediate.int_as_of") == [("2026-01-02",)]
