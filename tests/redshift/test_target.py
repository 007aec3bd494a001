"""`franchise run --target redshift`: the lake in S3 (moto's server), the marts on the stand-in."""

import os
import subprocess
import sys

import boto3
import pytest

ITEMS = """\
ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,USER_ID,ITEM_CATEGORY,ITEM_NAME,ITEM_PRICE,ITEM_QUANTITY
1001,1,007,2026-03-08T03:30:00Z,0042,Pizza,Margherita,12.50,1
"""
OPTIONS = """\
ORDER_ID,LINEITEM_ID,OPTION_GROUP_NAME,OPTION_NAME,OPTION_PRICE,OPTION_QUANTITY
1001,1,Extras,Burrata,1.50,1
1001,1,Promotion,Happy hour,-2.00,1
"""


@pytest.fixture
def franchise(redshift, standin, aws, bucket, tmp_path, monkeypatch):
    """Runs the command `franchise` with its lake in a bucket that the stand-in's COPY reads."""
    monkeypatch.setattr(standin.shared.storage, "client", boto3.client("s3"))
    (tmp_path / "deliveries").mkdir()
    (tmp_path / "deliveries" / "saturday.csv").write_text(ITEMS)
    (tmp_path / "deliveries" / "saturday options.csv").write_text(OPTIONS)
    sail = {
        "AWS_ENDPOINT": aws,
        "AWS_ALLOW_HTTP": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
        "AWS_REGION": "us-east-1",
    }

    def run(*arguments, **variables):
        lake = {"FRANCHISE_LAKE": f"s3://{bucket}/lake"}
        return subprocess.run(
            [sys.executable, "-m", "orchestration", *arguments, "--workspace", tmp_path / "ws"],
            capture_output=True,
            text=True,
            env=os.environ | {"COLUMNS": "200"} | sail | lake | variables,
        )

    source = ("--source", str(tmp_path / "deliveries"))
    return lambda command, *options, **variables: run(
        command, *(source if command == "run" else ()), *options, **variables
    )


@pytest.mark.long
def test_a_run_fills_the_workgroup_and_a_rerun_mends_one_that_was_refused(franchise, run):
    refused = franchise("run", "--target", "redshift", REDSHIFT_PASSWORD="wrong")
    assert refused.returncode == 1
    assert "password authentication failed" in " ".join(refused.stderr.split())
    done = franchise("run", "--target", "redshift")
    assert done.returncode == 0, done.stdout + done.stderr
    orders = "select business_date::varchar, net_revenue::varchar from marts.fct_orders"
    assert run(orders) == [("2026-03-07", "12.0000")]
    clv = "select customer_id, historical_clv::varchar, orders from marts.customer_clv"
    assert run(clv) == [("0042", "12.0000", 1)]


@pytest.mark.long
def test_the_next_day_is_added_and_a_day_without_news_builds_nothing(franchise, run, tmp_path):
    first = franchise("run", "--target", "redshift")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "9 of 9 checks agree" in first.stdout
    sunday = ITEMS.replace("1001,1", "1002,1").replace("03-08T03", "03-09T03")
    (tmp_path / "deliveries" / "sunday.csv").write_text(sunday)
    second = franchise("run", "--target", "redshift")
    assert second.returncode == 0, second.stdout + second.stderr
    clv = "select customer_id, historical_clv::varchar, orders from marts.customer_clv"
    assert run(clv) == [("0042", "24.5000", 2)]
    assert "nothing changed since the last build" in franchise("run", "--target", "redshift").stdout
    shown = franchise("show", "customer_clv", "--target", "redshift")
    assert "1 of 1 rows" in shown.stdout, shown.stdout + shown.stderr
    assert "24.5000" in shown.stdout
    unknown = franchise("show", "customer_clvs", "--target", "redshift")
    assert (unknown.returncode, "Did you mean customer_clv?" in unknown.stderr) == (2, True)
    out = tmp_path / "clv.csv"
    franchise("export", "customer_clv", "--out", str(out), "--target", "redshift")
    assert out.read_text().splitlines()[1].startswith("0042,24.5000,2,")
    assert not (tmp_path / "ws" / "warehouse.duckdb").exists()


def test_a_lake_in_a_folder_is_refused_with_the_variable_to_set(franchise, tmp_path):
    done = franchise("load", "--target", "redshift", FRANCHISE_LAKE=str(tmp_path / "lake"))
    assert done.returncode in (1, 2)
    assert "FRANCHISE_LAKE" in done.stdout + done.stderr
