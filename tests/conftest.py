"""For every test: a lake in a folder or in S3 (moto's server), and a stand-in for Redshift."""

import itertools
import os

import boto3
import pytest
from moto.server import ThreadedMotoServer

from lake.store import open_store

NUMBERS = itertools.count(1)
AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def pytest_collection_modifyitems(config, items):
    """The few files of this folder first, for they are long: so all workers end together."""
    items.sort(key=lambda item: item.path.parent != config.rootpath / "tests")


@pytest.fixture(scope="session")
def aws_url():
    """The address of a local AWS; its S3 enforces conditions on writes."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(aws_url, monkeypatch):
    """The environment by which boto3 finds the local AWS; its address."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_url)
    return aws_url


@pytest.fixture
def bucket(aws):
    """The name of a new bucket."""
    name = f"lake-{next(NUMBERS)}"
    boto3.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def lake_url(request, tmp_path):
    """A new lake in a folder, or below a prefix of a bucket where a test asks for `s3`."""
    if getattr(request, "param", "folder") == "folder":
        return str(tmp_path / "lake")
    return f"s3://{request.getfixturevalue('bucket')}/some/prefix"


@pytest.fixture
def store(lake_url):
    return open_store(lake_url)


@pytest.fixture
def both_stores(lake_url):
    """Marker: see `pytest_generate_tests`."""


def pytest_generate_tests(metafunc):
    """A test with the fixture `both_stores` runs once on a folder and once on S3."""
    if "both_stores" in metafunc.fixturenames:
        metafunc.parametrize("lake_url", ["folder", "s3"], indirect=True)


@pytest.fixture(scope="session")
def standin():
    """A running stand-in for Redshift; without any Postgres its tests are skipped, and say so.

    With REDSHIFT_TEST_LAKE it is a real workgroup: see tests/redshift/real_workgroup.sh.
    """
    from redshift_standin.postgres import NoPostgresError
    from redshift_standin.server import StandIn
    from redshift_standin.workgroup import Workgroup

    if os.environ.get("REDSHIFT_TEST_LAKE"):
        started = Workgroup(os.environ["REDSHIFT_TEST_LAKE"])
    else:
        try:
            started = StandIn().__enter__()
        except NoPostgresError as error:
            pytest.skip(str(error))
    yield started
    started.stop()


@pytest.fixture(scope="session")
def redshift_variables(standin):
    """The REDSHIFT_ variables of the database that tests share, one after the other."""
    return standin.new_database("tests")


@pytest.fixture
def redshift(standin, redshift_variables, monkeypatch):
    """The REDSHIFT_ variables of an empty database on the stand-in, set for this test."""
    standin.empty("tests")
    for name, value in redshift_variables.items():
        monkeypatch.setenv(name, value)
    return redshift_variables
