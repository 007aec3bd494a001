"""Files that may still be written wait, when a setting asks for it."""

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.land import land
from ingestion.sources import SourceError


def test_a_file_that_may_still_be_written_is_landed_by_a_later_run(landing, monkeypatch):
    now = datetime.now(UTC)
    landing.add("old.csv", b"a", at=now - timedelta(minutes=6))
    landing.add("new.csv", b"b", at=now - timedelta(minutes=4))
    landing.add("ahead.csv", b"c", at=now + timedelta(days=1))
    monkeypatch.setenv("FRANCHISE_LAND_AFTER_MINUTES", "5")
    assert landing.run() == {"ahead.csv": "landed", "new.csv": "too_fresh", "old.csv": "landed"}
    monkeypatch.setenv("FRANCHISE_LAND_AFTER_MINUTES", "3")
    assert landing.run() == {"ahead.csv": "same", "new.csv": "landed", "old.csv": "same"}


def test_files_that_are_too_fresh_are_counted(landing, monkeypatch):
    landing.add("new.csv", b"b")
    monkeypatch.setenv("FRANCHISE_LAND_AFTER_MINUTES", "5")
    facts = land(landing.source(), landing.store, "run-1").facts()
    assert (facts["files"], facts["landed"], facts["others"]) == (1, 0, {"too_fresh": 1})


def test_a_file_that_is_edited_at_every_download_waits_and_is_no_failure(landing):
    contents = iter(str(n).encode() for n in range(100))
    file_id = landing.add("a.csv", b"before")
    edit = lambda: landing.files.edit(file_id, next(contents))  # noqa: E731
    landing.drive.fail("alt=media", "call", count=2, action=edit)
    facts = land(landing.source(), landing.store, "run-1").facts()
    assert (facts["others"], facts["failed"]) == ({"too_fresh": 1}, [])
    assert landing.run() == {"a.csv": "landed"}
    assert landing.blobs() == [b"1"]


@pytest.mark.parametrize("minutes", ["soon", "-1", "nan", "2000"])
def test_a_patience_that_is_none_says_so(landing, monkeypatch, minutes):
    monkeypatch.setenv("FRANCHISE_LAND_AFTER_MINUTES", minutes)
    with pytest.raises(SourceError, match=rf"_AFTER_MINUTES is '{minutes}': write minutes"):
        landing.run()
