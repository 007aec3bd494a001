"""The dbt project over a warehouse without a row: every model, every test, every unit test."""

import json
import os
import subprocess
import sys
from contextlib import closing

import duckdb
import pytest

from orchestration.load import connect, create_tables
from orchestration.workspace import DBT_PROJECT


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """`dbt build` as CI and developers run it: (dbt's results by node, path of the warehouse)."""
    root = tmp_path_factory.mktemp("empty")
    with closing(connect(root / "w.duckdb")) as connection:
        create_tables(connection)
    command = [sys.executable, "-m", "dbt.cli.main", "build", "--target-path", str(root / "target")]
    folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    environment = os.environ | {"FRANCHISE_WAREHOUSE": str(root / "w.duckdb")}
    done = subprocess.run(
        [*command, *folders, "--log-path", str(root / "logs")],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stdout
    results = json.loads((root / "target" / "run_results.json").read_text())["results"]
    return {r["unique_id"]: r["status"] for r in results}, root / "w.duckdb"


def test_every_node_succeeds_unit_tests_included(built):
    assert {status for name, status in built[0].items() if name.startswith("unit_test.")} == {
        "pass"
    }
    assert set(built[0].values()) <= {"success", "pass", "no-op"}


def test_an_empty_feed_builds_empty_marts_but_those_that_say_there_is_nothing(built):
    with duckdb.connect(str(built[1]), read_only=True) as connection:
        marts = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        counts = {
            mart: connection.execute(f"select count(*) from marts.{mart}").fetchone()[0]
            for (mart,) in marts
        }
        signals = connection.execute(
            "select signal from marts.discount_before_after union "
            "select signal from marts.discount_effectiveness"
        ).fetchall()
    assert {mart: count for mart, count in counts.items() if count} == {
        "discount_before_after": 1,
        "discount_effectiveness": 2,
        "loyalty_before_after": 1,
        "loyalty_impact": 5,
    }
    assert len(counts) > 20
    assert signals == [("no_discount_recorded",)]
