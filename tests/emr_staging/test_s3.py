"""The same job over a lake in S3, with the embedded engine, against moto's server."""

import secrets
import shutil
from collections import Counter

import boto3
import pytest
from moto.server import DomainDispatcherApplication, ThreadedMotoServer

from lake.folder import FolderStore
from lake.s3 import S3Store
from tests.emr_staging.lakes import everything, item, option
from tests.emr_staging.test_bad_input import run_job

FOOTER = 512 * 1024


@pytest.fixture
def bucket():
    """(a store in an empty bucket, the environment of processes that use it)."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
    name = f"franchise-{secrets.token_hex(4)}"  # all servers of a process share their buckets
    client.create_bucket(Bucket=name)
    environment = {
        "AWS_ENDPOINT": endpoint,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    yield S3Store(name, "pos", client), environment
    server.stop()


@pytest.fixture
def served(monkeypatch):
    """How many bytes of every object S3 served, by its path."""
    counts, answer = Counter(), DomainDispatcherApplication.__call__

    def counted(app, request, start):
        body = b"".join(answer(app, request, start))
        if request["REQUEST_METHOD"] == "GET":
            counts[request["PATH_INFO"]] += len(body)
        return [body]

    monkeypatch.setattr(DomainDispatcherApplication, "__call__", counted)
    return counts


def copy(source, target):
    for key in source.list("clean"):
        target.write(key, source.read(key))
    for key in source.list("normalized"):
        target.write(key, source.read(key))


def test_a_lake_in_s3_gets_the_rows_that_a_folder_gets(lake, run, bucket, tmp_path):
    store, environment = bucket
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "timezone": "UTC"}])
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1", "2026-01-05T04:00:00")])
    for number in range(101):  # enough to be bundled
        lake.deliver("order_item_options", f"p{number}", [option(f"o{number}", "l1")])
    copy(lake.store, store)
    assert run_job_on(store, lake, environment, "--target-file-mb", "0.001") == "full"
    assert any("/resized-" in key for key in store.list("normalized"))
    lake.deliver("order_items", "f", [item("o1", "l1", item_price="1.00")], "2026-01-09T06:00:00")
    copy(lake.store, store)
    assert run_job_on(store, lake, environment) == "incremental"
    back = FolderStore(tmp_path / "back")
    copy(store, back)
    run()
    assert everything(back) == everything(lake.store)
    shutil.rmtree(tmp_path / "back")


def test_a_rebuild_reads_every_clean_file_once(lake, bucket, served):
    """But for its last 512 KiB, to find the footer: twice, since one column is counted before."""
    store, environment = bucket
    rows = [item(f"o{n}", "l1", user_id=f"{n**3}", item_name=f"{n * n}") for n in range(40_000)]
    lake.deliver("order_items", "f", rows[:20_000])
    lake.deliver("order_items", "g", rows[20_000:])
    lake.deliver("order_item_options", "p", [option(f"o{n}", "l1", f"{n}") for n in range(40_000)])
    copy(lake.store, store)
    served.clear()
    assert run_job_on(store, lake, environment) == "full"
    clean = {key: store.size(key) for key in store.list("clean") if key.endswith(".parquet")}
    assert len(clean) == 3
    for key, size in clean.items():
        assert size > FOOTER
        assert 0.9 * size < served[store.url(key).removeprefix("s3:/")] < 1.1 * size + 2 * FOOTER


def run_job_on(store, lake, environment, *options):
    """Run the job on the bucket; its mode."""
    lake_in_s3 = type(lake).__new__(type(lake))
    lake_in_s3.store = store
    done = run_job(lake_in_s3, "sail", *options, **environment)
    assert done.returncode == 0, done.stderr
    return done.stderr.split('"mode": "')[1].split('"')[0]
