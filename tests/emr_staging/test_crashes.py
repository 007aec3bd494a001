"""Killed at any write and run again, or run twice at once: the state is the same as ever."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emr_staging.errors import LostRaceError
from emr_staging.normalize import NormalizeSettings, normalize
from lake.folder import FolderStore
from tests.emr_staging.lakes import HandMadeLake, item, option
from tests.emr_staging.test_any_sequence import everything

ROOT = Path(__file__).parents[2]
NEW_YORK = NormalizeSettings("America/New_York")
WRITES = 6  # lines, options, waiting options, restaurants, the run file, current.json


def start(*command):
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
    )


def first_deliveries(lake):
    lake.deliver("order_items", "f", [item("o1", "l1"), item("o2", "l1", "2026-01-05T17:00:00")])
    lake.deliver("order_item_options", "p", [option("o1", "l1"), option("o3", "l1")])


def second_deliveries(lake):
    at = "2026-01-04T06:00:00"
    lake.deliver("order_items", "f", [item("o1", "l1", item_price="11.00")], at)
    lake.deliver("order_items", "g", [item("o3", "l1", "2026-01-03T17:00:00")], at)
    lake.deliver("restaurants", "r", [{"restaurant_id": "r1", "timezone": "UTC"}], at)


@pytest.fixture
def two_rounds(lake, run):
    """A lake with one round normalized and one delivered; what it holds before and after."""
    first_deliveries(lake)
    run()
    before = everything(lake.store)
    second_deliveries(lake)
    done = HandMadeLake(shutil.copytree(lake.store.url(), f"{lake.store.url()} done"))
    return lake, done, before


def test_killed_before_any_write_and_run_again_it_ends_in_the_same_state(two_rounds, spark):
    lake, done, before = two_rounds
    normalize(spark, done.store, "run", NEW_YORK)
    after = everything(done.store)
    for number in range(1, WRITES + 1):
        copy = FolderStore(shutil.copytree(lake.store.url(), f"{lake.store.url()} {number}"))
        child = start("tests.emr_staging.killed", copy.url(), str(number))
        assert child.wait() == -signal.SIGKILL, child.stderr.read()
        assert everything(copy) == before
        normalize(spark, copy, "run", NEW_YORK)
        assert everything(copy) == after
    assert start("tests.emr_staging.killed", lake.store.url(), str(WRITES + 1)).wait() == 0
    assert everything(lake.store) == after


@pytest.mark.long
def test_killed_at_any_moment_and_run_again_it_ends_in_the_same_state(two_rounds, spark):
    lake, done, before = two_rounds
    normalize(spark, done.store, "run", NEW_YORK)
    after = everything(done.store)
    killed = 0
    for number in range(24):
        copy = FolderStore(shutil.copytree(lake.store.url(), f"{lake.store.url()} {number}"))
        child = start("emr_staging", "--lake", copy.url(), "--engine", "sail")
        time.sleep(0.4 + 0.1 * number)
        child.kill()
        killed += child.wait() == -signal.SIGKILL
        assert everything(copy) in (before, after)
        normalize(spark, copy, "run", NEW_YORK)
        assert everything(copy) == after
    assert killed > 5


def test_the_slower_of_two_jobs_says_so_and_changes_nothing(two_rounds, spark):
    lake, _, _ = two_rounds

    def overtake(done, total):
        if done == 2:
            normalize(spark, lake.store, "faster", NEW_YORK)

    message = "another normalize run finished first; nothing of this one is visible. Run normalize"
    with pytest.raises(LostRaceError, match=message):
        normalize(spark, lake.store, "slower", NEW_YORK, progress=overtake)
    assert normalize(spark, lake.store, "again", NEW_YORK).mode == "unchanged"


def test_two_jobs_at_once_leave_the_state_of_one(two_rounds, spark):
    lake, done, _ = two_rounds
    normalize(spark, done.store, "run", NEW_YORK)
    command = ("emr_staging", "--lake", lake.store.url(), "--engine", "sail", "--run-id", "same")
    jobs = [start(*command), start(*command)]
    messages = [job.communicate()[1] for job in jobs]
    failed = [message for job, message in zip(jobs, messages, strict=True) if job.returncode]
    assert len(failed) <= 1
    assert all(m.startswith("error: another normalize run finished first") for m in failed)
    assert everything(lake.store) == everything(done.store)
