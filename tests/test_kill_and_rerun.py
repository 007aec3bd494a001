"""A run that is killed at any moment and run again ends in the same marts as one that was not."""

import os
import random
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from demo.franchise import simulate
from demo.settings import FranchiseSettings

SETTINGS = FranchiseSettings(restaurants=4, days=60, seed=11, opened_share=1.0)


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory):
    """Two states of the operators' folders: a day before the end, and two days after it."""
    franchise = simulate(SETTINGS)
    folders = []
    for day in (58, 61):
        folders.append(tmp_path_factory.mktemp("deliveries") / str(day))
        franchise.deliver(folders[-1], day)
    return folders


def command(source, workspace):
    arguments = ["--source", f"folder:main:{source}", "--workspace", str(workspace)]
    return [sys.executable, "-m", "orchestration", "run", *arguments]


def run(source, workspace):
    done = subprocess.run(command(source, workspace), capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stdout + done.stderr


def run_and_kill(source, workspace, seconds):
    """Start a run and send SIGKILL to all its processes after so many seconds."""
    process = subprocess.Popen(
        command(source, workspace),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def marts(workspace):
    """Every row of every mart, and what the warehouse says of every delivery."""
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        query = "select table_name from information_schema.tables where table_schema = 'marts'"
        names = [name for (name,) in connection.execute(query).fetchall()]
        rows = {n: connection.execute(f"from marts.{n} order by all").fetchall() for n in names}
        states = "select path, status, state, loaded, rejected from pos.deliveries order by all"
        return rows | {"deliveries": connection.execute(states).fetchall()}


def in_peace(deliveries, workspace):
    """The marts after runs over these states that nobody killed."""
    for source in deliveries:
        run(source, workspace)
    return marts(workspace)


@pytest.fixture(scope="module")
def uninterrupted(deliveries, tmp_path_factory):
    return in_peace(deliveries, tmp_path_factory.mktemp("uninterrupted"))


def kill_often(deliveries, workspace, seed, kills):
    moments = random.Random(seed)
    for source in deliveries:
        for _ in range(kills):
            run_and_kill(source, workspace, moments.uniform(0.5, 9))
        run(source, workspace)


def test_a_first_run_killed_at_any_moment_and_run_again_gives_the_same_marts(deliveries, tmp_path):
    last = deliveries[-1:]
    kill_often(last, tmp_path / "killed", seed=1, kills=2)
    assert marts(tmp_path / "killed") == in_peace(last, tmp_path / "in_peace")


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_many_kills_give_the_same_marts(deliveries, uninterrupted, tmp_path, seed):
    kill_often(deliveries, tmp_path, seed, kills=5)
    assert marts(tmp_path) == uninterrupted
