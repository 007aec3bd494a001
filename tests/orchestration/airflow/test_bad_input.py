"""What goes wrong outside: the task that fails says which thing it is, and what to do."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.orchestration.airflow.installation import CARD_KEY, ROOT, rows

GOOD = (
    "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,USER_ID,ITEM_PRICE,ITEM_QUANTITY\n"
    "1,1,007,2026-01-02T17:00:00Z,ann,10.00,1\n"
)
DBT = r"build\..*|publish|reconcile"


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "monday.csv").write_text(GOOD)
    return folder


@pytest.fixture
def workspace(tmp_path):
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


def test_a_missing_source_is_named_with_what_to_set(run_dag, in_workspace, workspace):
    done = run_dag(DBT, **in_workspace(workspace))
    assert (done.states["land"], done.states["clean"]) == ("failed", "upstream_failed")
    assert "daily_elt: land failed" in done.said
    assert "FRANCHISE_SOURCE is not set. Set it to a folder's path or drive:FOLDER_ID" in done.said


@pytest.mark.long  # two minutes: that long a Drive may be away
def test_a_drive_that_cannot_be_reached_fails_land_alone(run_dag, in_workspace, workspace):
    nowhere = {"FRANCHISE_DRIVE_URL": "http://127.0.0.1:9", "FRANCHISE_DRIVE_TOKEN": "t"}
    drive = {"FRANCHISE_SOURCE": "drive:folder"} | nowhere
    done = run_dag(DBT, **drive, **in_workspace(workspace))
    assert (done.states["land"], done.states["load"]) == ("failed", "upstream_failed")
    assert "Check the source (its address, its share, its credentials)" in done.said
    assert not (workspace / "warehouse.duckdb").exists()


@pytest.mark.long
def test_a_locked_warehouse_fails_load_and_keeps_every_row(
    run_dag, in_workspace, workspace, source
):
    with duckdb.connect(str(workspace / "warehouse.duckdb")) as other:
        other.execute("create table kept as select 42 as answer")
        done = run_dag(DBT, FRANCHISE_SOURCE=str(source), **in_workspace(workspace))
    assert (done.states["normalize"], done.states["load"]) == ("success", "failed")
    assert "warehouse.duckdb is in use by another process" in done.said
    assert "Nothing was loaded. Wait for or end what holds the warehouse" in done.said
    assert rows(workspace, "main") == {"kept": [(42,)]}


@pytest.mark.long
def test_a_day_without_files_skips_clean_and_runs_on(run_dag, in_workspace, workspace, source):
    shutil.rmtree(source)
    source.mkdir()
    done = run_dag(DBT, FRANCHISE_SOURCE=str(source), **in_workspace(workspace))
    assert (done.states["clean"], done.states["run"]) == ("skipped", "success")
    assert rows(workspace, "pos")["order_items"] == []


def announced(deployed):
    """The extra of the last event of the asset `franchise_marts`."""
    with closing(sqlite3.connect(Path(deployed["AIRFLOW_HOME"], "airflow.db"))) as database:
        query = (
            "select asset_event.extra from asset_event join asset on asset.id = asset_id "
            "where name = 'franchise_marts' order by asset_event.id desc limit 1"
        )
        return json.loads(database.execute(query).fetchone()[0])


@pytest.mark.long
def test_a_file_with_too_many_bad_rows_is_told_with_its_reason_and_fails_nothing(
    run_dag, in_workspace, workspace, source, python, deployed
):
    (source / "tuesday.csv").write_text(GOOD.replace("10.00", "ten"))
    arguments = ("run", "--source", source, "--workspace", workspace)
    done = python("-m", "orchestration", *arguments, PYTHONPATH=str(ROOT), **CARD_KEY)
    assert done.returncode == 3, done.stdout + done.stderr
    marts_are_built = r"build\..*|publish"
    done = run_dag(marts_are_built, FRANCHISE_SOURCE=str(source), **in_workspace(workspace))
    assert (done.states["reconcile"], done.states["run"]) == ("success", "success")
    assert "daily_elt: 1 files are not in the numbers" in done.said
    assert "- tuesday.csv: rejects_above_threshold" in done.said
    assert "To do: ask the operators for corrected files" in done.said
    # the DAGs that wait for the marts learn how far they reach: the good file's day
    assert announced(deployed)["as_of"] == "2026-01-02"


@pytest.mark.long
def test_a_restaurant_that_does_not_deliver_is_told_once_and_nothing_fails(
    run_dag, in_workspace, workspace, source
):
    (source / "tuesday.csv").write_text(GOOD.replace("007,2026-01-02", "008,2026-01-03"))
    of_saturday = ('{"as_of": "2026-01-03"}',)
    given = {"FRANCHISE_SOURCE": str(source), **in_workspace(workspace)}
    first, second = (run_dag(DBT, *of_saturday, **given) for _ in range(2))
    assert (first.states["run"], second.states["run"]) == ("success", "success")
    assert "daily_elt: 1 deliveries are overdue" in first.said
    assert "- 2026-01-03, due 2026-01-04 17:00 UTC: nothing came: 007\n" in first.said
    assert "overdue" not in second.said
