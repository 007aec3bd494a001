"""`franchise run --target redshift` with the lake in S3, as in production but for the machines."""

import os
import subprocess
import sys

import boto3
import pytest

HEADER = "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,USER_ID,ITEM_PRICE,ITEM_QUANTITY\n"
FIRST = (
    HEADER + "1,1,007,2026-01-02T17:00:00Z,ann,10.00,1\n2,1,007,2026-01-05T17:00:00Z,bob,7.25,1\n"
)
LATER = HEADER + "3,1,007,2026-01-06T17:00:00Z,ann,2.50,1\n"


@pytest.fixture
def franchise(bucket, aws, standin, redshift, monkeypatch, tmp_path):
    """The command in a process of its own, its lake in S3 and its warehouse the stand-in."""
    monkeypatch.setattr(standin.shared.storage, "client", boto3.client("s3"))
    environment = os.environ | {
        "FRANCHISE_LAKE": f"s3://{bucket}/lake",
        "AWS_ENDPOINT": aws,  # the embedded engine's own names for what boto3 knows
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }

    def call(*arguments):
        given = ["--workspace", str(tmp_path / "ws"), "--target", "redshift"]
        command = [sys.executable, "-m", "orchestration", *arguments, *given]
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    return call


def test_two_days_are_run_on_redshift_with_the_lake_in_s3(franchise, run, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / "first.csv").write_text(FIRST)
    done = franchise("run", "--source", str(source))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "9 of 9 checks agree" in done.stdout
    (source / "later.csv").write_text(LATER)
    done = franchise("run", "--source", str(source))
    assert done.returncode == 0, done.stdout + done.stderr
    clv = run("select customer_id, historical_clv, orders from marts.customer_clv order by 1")
    assert [(name, str(value), orders) for name, value, orders in clv] == [
        ("ann", "12.5000", 2),
        ("bob", "7.2500", 1),
    ]
    again = franchise("run", "--source", str(source))
    assert "nothing changed since the last build" in again.stdout
    assert not (tmp_path / "ws" / "warehouse.duckdb").exists()
