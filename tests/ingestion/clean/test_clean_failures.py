"""A file at which the cleaner itself fails hurts no other, and stops no run."""

import errno
import logging

import pytest

import ingestion.batch
from ingestion.clean import CleanError, clean_new, waiting
from lake import layout
from lake.errors import LakeReadError


@pytest.fixture
def fail_at(lake, monkeypatch):
    """Land a good file and one with the category BROKEN, at which reading raises an error."""
    lake.land(lake.items(lake.item()), name="good.csv")
    broken = lake.land(lake.items(lake.item(ITEM_CATEGORY="BROKEN")), name="broken.csv")
    read = ingestion.batch.read_delivery

    def set_error(error):
        def read_or_fail(data, *settings):
            if b"BROKEN" in data:
                raise error
            return read(data, *settings)

        monkeypatch.setattr(ingestion.batch, "read_delivery", read_or_fail)
        return broken

    return set_error


@pytest.mark.parametrize("error", [TypeError("U1"), ZeroDivisionError("U1"), RuntimeError("U1")])
def test_a_file_that_nobody_foresaw_is_held_and_the_others_are_loaded(lake, fail_at, error, caplog):
    fail_at(error)
    found = {ledger["path"]: ledger for ledger in clean_new(lake.store, lake.settings, workers=1)}
    held = found["broken.csv"]
    assert found["good.csv"]["status"] == "loaded"
    assert (held["status"], held["reason"]) == ("quarantined", "cleaner_failed")
    assert held["message"].endswith(f"does not know yet: {type(error).__name__}")
    assert held["outputs"] == {"clean": None, "rejects": None}
    assert "U1" not in str(held) + caplog.text
    assert waiting(lake.store) == {}


def test_where_the_cleaner_failed_is_logged(lake, fail_at, caplog):
    landing = fail_at(TypeError("U1"))["landing_id"]
    with caplog.at_level(logging.ERROR):
        clean_new(lake.store, lake.settings, workers=1)
    assert f"landing {landing} is held: TypeError at test_clean_failures.py:" in caplog.text


@pytest.mark.parametrize("error", [MemoryError(), FileNotFoundError("no such blob")])
def test_a_file_that_cannot_be_read_for_now_waits_and_the_others_are_loaded(lake, fail_at, error):
    broken = fail_at(error)
    with pytest.raises(CleanError, match=r"broken\.csv"):
        clean_new(lake.store, lake.settings, workers=1)
    assert [*waiting(lake.store)] == [broken["landing_id"]]


def test_a_lake_that_is_gone_ends_the_run(lake, fail_at):
    fail_at(LakeReadError.at("s3://lake", OSError(errno.EACCES, "gone")))
    with pytest.raises(LakeReadError, match="the lake cannot be read"):
        clean_new(lake.store, lake.settings, workers=1)
    assert len(waiting(lake.store)) == 2


def test_a_damaged_blob_waits_and_says_how_to_mend_it(lake):
    landed = lake.land(lake.items(lake.item()))
    lake.store.write(layout.blob(landed["sha256"]), b"other bytes")
    with pytest.raises(CleanError, match=r"Delete raw/blobs/.* and land the file again"):
        clean_new(lake.store, lake.settings, workers=1)
    assert [*waiting(lake.store)] == [landed["landing_id"]]
