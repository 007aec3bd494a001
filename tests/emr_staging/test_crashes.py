"""Killed at any write and run again, the state is the same as ever."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emr_staging.normalize import normalize
from lake.folder import FolderStore
from tests.emr_staging.conftest import NEW_YORK
from tests.emr_staging.lakes import everything

ROOT = Path(__file__).parents[2]
# lines, options, waiting options, four folders written again in smaller files, restaurants, a
# month's landings, the run file, current.json; of the four the first and the last are enough
WRITES = 11
KILLED_AT = (1, 2, 3, 4, 7, 8, 9, 10, 11)


def start(*command):
    env = {name: value for name, value in os.environ.items() if not name.startswith("SPARK_")}
    return subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True
    )


def test_killed_before_any_write_and_run_again_it_ends_in_the_same_state(two_rounds, spark):
    lake, done, before = two_rounds
    normalize(spark, done.store, "run", NEW_YORK)
    after = everything(done.store)
    for number in KILLED_AT:
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
