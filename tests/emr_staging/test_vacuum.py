"""Old runs' files go, and never one that somebody needs."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from emr_staging.errors import NormalizeError
from emr_staging.vacuum import parse_age, vacuum
from tests.emr_staging.lakes import everything, item, option

MONTH = timedelta(days=30)
NOON_3 = "2026-01-03T17:00:00"
KILLED = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from emr_staging.vacuum import vacuum
from lake.folder import FolderStore
left, delete = int(sys.argv[2]), FolderStore.delete
def counted(store, key):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    delete(store, key)
FolderStore.delete = counted
vacuum(FolderStore(sys.argv[1]), timedelta(days=30), datetime.now(UTC) + timedelta(days=31))
"""


@pytest.fixture
def three_runs(lake, run):
    """Two dates and a waiting option; the second run replaces one date, the third another."""
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1", NOON_3)])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o9", "l1")])
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "timezone": "UTC"}])
    run()
    for day, price in ((4, "11.00"), (5, "12.00")):
        at = f"2026-01-0{day}T06:00:00"
        lake.deliver("order_items", "g", [item("o1", "l1", item_price=price)], at)
        run()
    return lake


def run_files(lake):
    return len(list(lake.store.list("normalized/runs")))


def in_31_days():
    return datetime.now(UTC) + timedelta(days=31)


def test_files_of_young_runs_stay(three_runs):
    before = sorted(three_runs.store.list("normalized"))
    assert vacuum(three_runs.store, MONTH).files == 0
    assert sorted(three_runs.store.list("normalized")) == before


def test_what_nobody_names_goes_and_the_rows_stay(three_runs, run):
    """Of the first run only the lines of 3 January and the restaurants are still current."""
    before = everything(three_runs.store)
    done = vacuum(three_runs.store, MONTH, in_31_days())
    assert done.runs == 1
    assert done.bytes > 0
    assert run_files(three_runs) == 2
    assert everything(three_runs.store) == before
    keys = three_runs.store.list("normalized/entity=order_items")
    assert len([key for key in keys if "/business_date=2026-01-02/" in key]) == 1
    assert len(list(three_runs.store.list("normalized/landings"))) == 1
    three_runs.deliver("order_items", "h", [item("o9", "l1")], "2026-01-06T06:00:00")
    assert run().rows == {"order_items": 3, "order_item_options": 2}


def test_a_second_vacuum_finds_nothing(three_runs):
    vacuum(three_runs.store, MONTH, in_31_days())
    assert vacuum(three_runs.store, MONTH, in_31_days()).files == 0


def test_files_of_a_run_that_never_finished_go_when_they_are_old(three_runs):
    orphan = (
        "normalized/entity=order_items/run=x-65920080abcd/business_date=2026-01-02/part.parquet"
    )
    three_runs.store.write(orphan, b"half written in January 2024")
    assert vacuum(three_runs.store, MONTH).files == 1
    assert not three_runs.store.exists(orphan)


def test_killed_in_the_middle_it_is_completed_by_the_next(three_runs):
    before = everything(three_runs.store)
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    for number in (1, 2, 3, 4):
        command = [sys.executable, "-c", KILLED, three_runs.store.url(), str(number)]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], env=env)
        assert done.returncode == -signal.SIGKILL
        assert everything(three_runs.store) == before
    vacuum(three_runs.store, MONTH, in_31_days())
    assert everything(three_runs.store) == before
    assert run_files(three_runs) == 2


def test_an_age_is_written_in_days_or_weeks():
    assert parse_age("30d") == timedelta(days=30)
    assert parse_age("2w") == timedelta(days=14)


@pytest.mark.parametrize("text", ["30", "d", "0d", "-3d", "1 month"])
def test_another_age_is_refused(text):
    with pytest.raises(NormalizeError, match="--older-than"):
        parse_age(text)
