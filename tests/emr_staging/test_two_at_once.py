"""Two jobs at once over one lake: one wins, the other says so, and the state is as ever."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from emr_staging.errors import LostRaceError
from emr_staging.normalize import normalize
from emr_staging.state import State
from emr_staging.tables import Tables
from tests.emr_staging.conftest import NEW_YORK
from tests.emr_staging.lakes import everything

ROUNDS = 2
WAIT = 180  # seconds; on a busy machine one job may be a minute behind the other
LOST = "another normalize run finished first; nothing of this one is visible. Run normalize"


def test_the_slower_of_two_jobs_says_so_and_changes_nothing(two_rounds, spark):
    lake, _, _ = two_rounds

    def overtake(done, total):
        if done == 2:
            normalize(spark, lake.store, "faster", NEW_YORK)

    with pytest.raises(LostRaceError, match=LOST):
        normalize(spark, lake.store, "slower", NEW_YORK, progress=overtake)
    assert normalize(spark, lake.store, "again", NEW_YORK).mode == "unchanged"


def test_of_two_jobs_that_write_at_the_same_time_exactly_one_wins(two_rounds, spark, monkeypatch):
    """Each of their writes waits until the other one is about to write, too."""
    lake, done, _ = two_rounds
    normalize(spark, done.store, "run", NEW_YORK)
    both, write = Barrier(2, timeout=WAIT), Tables.write

    def write_together(*arguments):
        both.wait()
        write(*arguments)

    def attempt(_):
        try:
            return normalize(spark, lake.store, "same", NEW_YORK, full=True).run_id
        except LostRaceError as error:
            return str(error)

    monkeypatch.setattr(Tables, "write", write_together)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            said = list(pool.map(attempt, range(2)))
            assert sum(text.startswith(LOST) for text in said) == 1
            assert State(lake.store).current["run_id"] in said
            assert everything(lake.store) == everything(done.store)
