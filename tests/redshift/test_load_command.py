"""`franchise load --target redshift` when something goes wrong: exit code, rows, and a rerun."""

import sys
from contextlib import contextmanager

import boto3
import pytest

from lake import layout
from lake.store import open_store
from orchestration.__main__ import main
from tests.redshift.test_bad_input import AFTER, BEFORE, JAN_2, JAN_3, SECOND_RUN, Lake, prices

ABSENT = {  # a workgroup that AWS (moto's server) does not let in
    "REDSHIFT_METHOD": "iam_role",
    "REDSHIFT_SSLMODE": "prefer",
    "REDSHIFT_HOST": "absent.123456789012.us-east-1.redshift-serverless.amazonaws.com",
}
NEXT = {JAN_2: "11.00"}  # what the second run brings


@pytest.fixture
def lake(redshift, standin, bucket, monkeypatch):
    """A lake in a bucket of S3 whose first run is loaded and whose second one waits."""
    monkeypatch.setattr(standin.shared.storage, "client", boto3.client("s3"))
    monkeypatch.setenv("FRANCHISE_LAKE", f"s3://{bucket}/lake")
    return Lake(open_store(f"s3://{bucket}/lake"))


@pytest.fixture
def load(lake, tmp_path, monkeypatch, capsys):
    """Runs `franchise load`; the exit code and what it complained of."""

    def run():
        command = ["franchise", "load", "--target", "redshift", "--workspace", str(tmp_path)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, " ".join((said.out + said.err).split())

    lake.write("run1", {JAN_2: "10.00", JAN_3: "20.00"})
    assert run()[0] == 0
    return run


def _variables(**variables):
    @contextmanager
    def fault(lake, standin, monkeypatch):
        lake.write("run2", NEXT, SECOND_RUN)
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            yield

    return fault


@contextmanager
def _dropped_connection(lake, standin, monkeypatch):
    lake.write("run2", NEXT, SECOND_RUN)
    standin.inject("drop in COPY")
    yield


@contextmanager
def _file_that_is_gone(lake, standin, monkeypatch):
    key = lake.write("run2", NEXT, SECOND_RUN)[JAN_2]["order_items"][0]["key"]
    data = lake.store.read(key)
    lake.store.delete(key)
    yield
    lake.store.write(key, data)


@contextmanager
def _schema_that_drifted(lake, standin, monkeypatch):
    lake.write("run2", NEXT, SECOND_RUN, lambda rows: rows.drop_columns(["user_id"]))
    yield
    lake.write("run3", NEXT, {JAN_2: "run3", JAN_3: "run1"})


@contextmanager
def _run_file_that_is_gone(lake, standin, monkeypatch):
    lake.write("run2", NEXT, SECOND_RUN)
    data = lake.store.read(layout.normalized_run("run2"))
    lake.store.delete(layout.normalized_run("run2"))
    yield
    lake.store.write(layout.normalized_run("run2"), data)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (_variables(REDSHIFT_PASSWORD="wrong"), "Check REDSHIFT_USER and REDSHIFT_PASSWORD"),
        (_variables(REDSHIFT_PORT="1"), "cannot be reached"),
        (_variables(REDSHIFT_DATABASE="nowhere"), 'database "nowhere" does not exist'),
        (_variables(**ABSENT), "redshift-serverless:GetCredentials"),
        (_dropped_connection, "Mend the cause, run again"),
        (_file_that_is_gone, "part-0.parquet"),
        (_schema_that_drifted, "19 columns, the table has 20"),
        (_run_file_that_is_gone, "run2"),
    ],
)
def test_a_load_that_fails_says_why_changes_nothing_and_is_mended_by_the_next(
    load, lake, standin, monkeypatch, fault, message
):
    with fault(lake, standin, monkeypatch):
        code, said = load()
        assert code != 0
        assert message in said
    assert prices(lake) == BEFORE
    assert load()[0] == 0
    assert prices(lake) == AFTER
