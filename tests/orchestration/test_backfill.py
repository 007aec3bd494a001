"""`franchise run --from --to`: history as if each business date had had its own run."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import date, timedelta

import duckdb
import pytest

from orchestration.backfill import parse_range
from orchestration.settings import SettingsError
from tests.orchestration.airflow.installation import rows

HEADER = "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,USER_ID,ITEM_PRICE,ITEM_QUANTITY"
DATES = ("2026-01-08", "2026-01-09", "2026-01-10")  # the last one is the last one loaded
RANGE = ("--from", DATES[0], "--to", DATES[-1])


def order_lines(count):
    """Orders of 12 customers on 1 to 10 January, one line each, at 12:00 in New York."""
    draw = random.Random(7)
    for number in range(count):
        day, customer = number % 10 + 1, min(draw.randrange(12), draw.randrange(12))
        price = draw.choice(["4.00", "9.50", "20.00"])
        yield f"{number},1,007,2026-01-{day:02}T17:00:00Z,c{customer},{price},1"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("delivered")
    (folder / "january.csv").write_text("\n".join([HEADER, *order_lines(80)]) + "\n")
    return folder


@pytest.fixture(scope="module")
def run(franchise, source):
    """Run every step with some options; what was said."""

    def call(workspace, *options):
        done = franchise("run", "--source", source, "--workspace", workspace, *options)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="module")
def day_by_day(run, tmp_path_factory):
    """The workspace after a run as of each of the dates."""
    workspace = tmp_path_factory.mktemp("day_by_day")
    for day in DATES:
        run(workspace, "--as-of", day)
    return workspace


@pytest.fixture(scope="module")
def filled(run, tmp_path_factory):
    """The workspace after one run over the range, and what it said."""
    workspace = tmp_path_factory.mktemp("filled")
    return workspace, run(workspace, *RANGE)


@pytest.mark.long
def test_snapshots_are_those_of_day_by_day_runs(filled, day_by_day):
    found = rows(filled[0], "snapshots")
    assert found == rows(day_by_day, "snapshots")
    assert set(found) >= {"customer_clv_tiers", "customer_rfm_segments"}


@pytest.mark.long
def test_each_date_has_recorded_what_changed_on_it(filled):
    query = "select distinct cast(dbt_valid_from as date)::varchar from snapshots.{} order by 1"
    with duckdb.connect(str(filled[0] / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(query.format("customer_rfm_segments")).fetchall()
    assert tuple(day for (day,) in found) == DATES


@pytest.mark.long
def test_the_marts_are_those_of_a_plain_run(filled, run, tmp_path):
    run(tmp_path)
    found = rows(filled[0], "marts")
    assert len(found["fct_orders"]) == 80
    assert found == rows(tmp_path, "marts")


@pytest.mark.long
def test_the_summary_says_how_many_dates_were_built(filled):
    assert "; business dates recorded: 3" in filled[1]


@pytest.mark.long
def test_a_second_run_over_the_range_changes_nothing(filled, run, tmp_path):
    workspace = shutil.copytree(filled[0], tmp_path / "again")
    said = run(workspace, *RANGE)
    assert "business dates recorded: 1; recorded before: 2" in said
    for schema in ("snapshots", "marts"):
        assert rows(workspace, schema) == rows(filled[0], schema)


def kill_in_the_second_date(source, workspace):
    """Start the run over the range; SIGKILL it when the first date's build is over."""
    given = ["--source", str(source), "--workspace", str(workspace), *RANGE]
    command = [sys.executable, "-m", "orchestration", "run", *given]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    built = workspace / "dbt" / "target" / "run_results.json"
    while process.poll() is None and not built.is_file():
        time.sleep(0.1)
    time.sleep(3)
    os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


@pytest.mark.long
def test_a_run_that_is_killed_between_two_dates_and_run_again_gives_the_same(
    filled, source, run, tmp_path
):
    assert kill_in_the_second_date(source, tmp_path) == -signal.SIGKILL
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        query = "select count(distinct dbt_valid_from) from snapshots.customer_rfm_segments"
        assert connection.execute(query).fetchone()[0] < len(DATES)
    run(tmp_path, *RANGE)
    for schema in ("snapshots", "marts"):
        assert rows(tmp_path, schema) == rows(filled[0], schema)


@pytest.mark.long
def test_a_range_before_the_first_order_ends_with_2_and_leaves_the_marts(
    filled, franchise, source, tmp_path
):
    workspace = shutil.copytree(filled[0], tmp_path / "early")
    given = ("--source", source, "--workspace", workspace)
    done = franchise("run", *given, "--from", "2025-12-30", "--to", "2026-01-02")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "--from 2025-12-30: the first order is of 2026-01-01" in done.stderr
    assert rows(workspace, "marts") == rows(filled[0], "marts")


def test_a_range_without_any_order_ends_with_2(franchise, tmp_path):
    (tmp_path / "in").mkdir()
    given = ("--source", tmp_path / "in", "--workspace", tmp_path / "ws")
    done = franchise("run", *given, *RANGE)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no order is loaded, so nothing would be counted" in done.stderr


def test_a_range_holds_its_first_and_its_last_date():
    assert parse_range("2026-02-27", "2026-03-01", {}) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]


def test_without_either_there_is_no_range():
    assert parse_range(None, None, {"as_of_date": "2026-01-01"}) == []


TOMORROW = str(date.today() + timedelta(days=2))
WRONG = {
    "without_an_end": (("2026-01-01", None), "--from and --to belong together"),
    "without_a_start": ((None, "2026-01-01"), "--from and --to belong together"),
    "backwards": (("2026-01-02", "2026-01-01"), "--from 2026-01-02 is after --to 2026-01-01"),
    "no_date": (("01.01.2026", "2026-01-02"), "--from '01.01.2026' is not a date"),
    "no_such_day": (("2026-01-01", "2026-02-30"), "--to '2026-02-30' is not a date"),
    "in_the_future": (("2026-01-01", TOMORROW), f"--to {TOMORROW} is in the future"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_range_that_cannot_be_is_refused_with_the_remedy(name):
    given, message = WRONG[name]
    with pytest.raises(SettingsError, match=message):
        parse_range(*given, {})


def test_a_range_and_one_as_of_date_do_not_go_together():
    with pytest.raises(SettingsError, match="--as-of goes without --from and --to"):
        parse_range("2026-01-01", "2026-01-02", {"as_of_date": "2026-01-02"})


def test_a_wrong_range_is_one_line_and_code_2_and_writes_nothing(franchise, source, tmp_path):
    given = ("--source", source, "--workspace", tmp_path / "ws")
    done = franchise("run", *given, "--from", "2026-01-10", "--to", "2026-01-08")
    assert done.returncode == 2
    assert (
        done.stderr
        == "error: --from 2026-01-10 is after --to 2026-01-08: give the earlier date first\n"
    )
    assert not (tmp_path / "ws").exists()
