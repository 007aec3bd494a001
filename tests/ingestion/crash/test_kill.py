"""Killed at any write, and run again: the same lake as if nothing had happened."""

import json
import multiprocessing
import os
import re
import signal
from itertools import product
from pathlib import Path

import pytest

from ingestion.cards import CardKey
from ingestion.clean import CleanSettings, clean_new
from ingestion.folder import FolderSource
from ingestion.land import land
from lake import layout
from lake.store import open_store

SETTINGS = CleanSettings(CardKey(bytes(range(32))))
HEADER = "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,ITEM_PRICE,ITEM_QUANTITY\n"
GOOD = "O1,L1,R1,2024-03-01T18:30:00Z,12.50,1\n"
BAD = "O1,L2,R1,2024-03-01T18:30:00Z,free,1\n"
FILES = {"good.csv": HEADER + GOOD, "mixed.csv": HEADER + GOOD + BAD, "junk.csv": "a,b\n1,2\n"}
TORN = re.compile(r"\.tmp-\w{8}")  # of tempfile.mkstemp: no lock, and not the scratch folder
# what no two runs have in common
PASSING = ("landed_at", "cleaned_at", "run_id")
# where the folder is, blob and manifest of three files and the run's record; clean Parquet of two
# files, rejects of one, three ledgers, and the name of the card key
WRITES = 15

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["ingestion.clean", "ingestion.land", "boto3"])


class Deadly:
    """A store that kills its own process before, inside or after its write number `fatal`."""

    def __init__(self, store, fatal, moment):
        self.store, self.fatal, self.moment, self.writes = store, fatal, moment, 0
        if moment == "inside":
            os.fsync = lambda handle: self._die()

    def __getattr__(self, name):
        found = getattr(self.store, name)
        return self._deadly(found) if name in ("create", "write", "swap") else found

    def _deadly(self, call):
        def write(*arguments):
            self.writes += 1
            now = self.writes == self.fatal
            if now and self.moment == "before":
                self._die(now)
            answer = call(*arguments)
            if now and self.moment == "after":
                self._die(now)
            return answer

        return write

    def _die(self, now=None):
        if now or self.writes == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def ingest(store, source):
    """Land, then clean."""
    land(FolderSource(Path(source)), store, f"run-{os.getpid()}", workers=1)
    clean_new(store, SETTINGS, workers=1)


def ingest_and_die(lake, source, environment, fatal, moment):
    """In a process of its own."""
    os.environ.update(environment)
    ingest(Deadly(open_store(lake), fatal, moment), source)


def ingest_at_once(lake, source, environment, barrier):
    os.environ.update(environment)
    store = open_store(lake)
    barrier.wait()
    ingest(store, source)


def state(store):
    """Every key and its bytes, but for what is of one run only."""
    found = {}
    for key in [k for prefix in ("raw", "clean", "quarantine") for k in store.list(prefix)]:
        data = store.read(key)
        if key.endswith(".json"):
            facts = json.loads(data)
            data = {name: value for name, value in facts.items() if name not in PASSING}
        if not key.startswith(layout.LANDING_RUNS):
            found[key] = data
    return found


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
        os.utime(folder / name, (1_709_355_600, 1_709_355_600))
    return str(folder)


@pytest.fixture
def expected(source, tmp_path):
    """The lake of a run that nothing happened to."""
    store = Deadly(open_store(str(tmp_path / "undisturbed")), 0, "")
    ingest(store, source)
    assert store.writes == WRITES
    return state(store)


def environment():
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def run(target, *arguments):
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    return process


def kill_and_repeat(lake_url, source, number, moment):
    """A run that is killed, the lake it left, and the lake after another run."""
    lake = f"{lake_url}-{number}-{moment}"
    process = run(ingest_and_die, lake, source, environment(), number, moment)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    store = open_store(lake)
    left = state(store)
    ingest(store, source)
    return left, state(store)


@pytest.mark.usefixtures("both_stores")
def test_killed_before_or_after_any_write(lake_url, source, expected):
    for number, moment in product(range(1, WRITES + 1), ("before", "after")):
        left, found = kill_and_repeat(lake_url, source, number, moment)
        assert found == expected, (number, moment)
        assert len(left) <= number
        assert left.items() <= expected.items(), "what a killed run left is never changed"


def torn_below(lake):
    """The parts of a lake that hold a file which was not written to its end."""
    torn = [path for path in Path(lake).rglob(".tmp-*") if TORN.fullmatch(path.name)]
    return {path.relative_to(lake).parts[0] for path in torn}


def test_killed_inside_any_write_of_a_folder(lake_url, source, expected, tmp_path):
    torn = set()
    for number in range(1, WRITES + 1):
        left, found = kill_and_repeat(lake_url, source, number, "inside")
        assert found == expected, number
        assert left.items() <= expected.items()
        torn |= torn_below(f"{lake_url}-{number}-inside")
    assert torn == {"raw", "clean", "quarantine"}
    assert torn_below(tmp_path / "undisturbed") == set()


@pytest.mark.usefixtures("both_stores")
def test_two_ingestors_at_once_end_as_one(lake_url, source, expected):
    for number in range(3):
        lake = f"{lake_url}-{number}"
        barrier = CONTEXT.Barrier(2)
        pair = [run(ingest_at_once, lake, source, environment(), barrier) for _ in range(2)]
        for process in pair:
            process.join()
        assert [process.exitcode for process in pair] == [0, 0]
        assert state(open_store(lake)) == expected


@pytest.mark.usefixtures("both_stores")
def test_one_of_two_ingestors_killed_does_not_matter(lake_url, source, expected):
    for number in (2, 5, 9, 12):
        lake = f"{lake_url}-{number}"
        doomed = run(ingest_and_die, lake, source, environment(), number, "after")
        ingest(open_store(lake), source)
        doomed.join()
        ingest(open_store(lake), source)
        assert state(open_store(lake)) == expected
