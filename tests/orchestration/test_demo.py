"""`franchise demo`: the marts are what was simulated, and a second run changes nothing."""

import json

import duckdb
import pytest


@pytest.fixture(scope="module")
def demo(franchise, tmp_path_factory):
    """Two demo runs in one workspace: (workspace, outcome and marts of each)."""
    workspace = tmp_path_factory.mktemp("demo") / "ws"
    arguments = ("demo", "--restaurants", "5", "--days", "90", "--workspace", workspace)
    return workspace, [(franchise(*arguments), read_marts(workspace)) for _ in range(2)]


def read_marts(workspace):
    """Every row of every mart, by name."""
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        marts = "select table_name from information_schema.tables where table_schema = 'marts'"
        names = [name for (name,) in connection.execute(marts).fetchall()]
        return {n: connection.execute(f"from marts.{n} order by all").fetchall() for n in names}


def reports(workspace):
    return [json.loads(path.read_text()) for path in sorted((workspace / "reports").iterdir())]


def test_the_marts_are_what_was_simulated(demo):
    first, marts = demo[1][0]
    assert first.returncode == 0, first.stdout + first.stderr
    assert "20 of 20 checks agree, rows and cents" in first.stdout
    assert len(marts["fct_orders"]) > 1000


def test_the_second_run_downloads_nothing_and_changes_nothing(demo):
    workspace, ((_, before), (second, after)) = demo
    assert second.returncode == 0, second.stdout + second.stderr
    land = reports(workspace)[1]["steps"]["land"]
    assert (land["landed"], land["bytes_downloaded"]) == (0, 0)
    assert "nothing changed since the last build" in second.stdout
    assert after == before


def test_another_franchise_in_the_same_workspace_is_refused(demo, franchise):
    done = franchise("demo", "--restaurants", "5", "--seed", "8", "--workspace", demo[0])
    assert done.returncode == 2
    assert "name an empty folder, or remove" in done.stderr


def test_reconcile_lists_late_and_missing_days_and_ends_with_3(demo, franchise):
    until = ("--since", "2026-06-24", "--until", "2026-06-30")
    done = franchise("reconcile", *until, "--workspace", demo[0])
    assert done.returncode == 3, done.stdout + done.stderr
    assert "differs" not in done.stdout
    assert "late" in done.stdout
    assert "files are not in these numbers" in done.stdout


def test_operators_get_a_report_of_what_they_delivered(demo):
    pages = list((demo[0] / "lake/reports").glob("restaurant=*/day=*/report.html"))
    assert len(pages) > 50
