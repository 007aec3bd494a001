"""Reports back to a shared drive."""

import pytest

from demo.drive_server import serve
from ingestion.report import write_reports
from ingestion.report_drive import publish_reports
from ingestion.sources import SourceError


@pytest.fixture
def drive(tmp_path, monkeypatch, request):
    (tmp_path / "drive").mkdir()
    with serve(tmp_path / "drive", shared=request.param) as (url, drive):
        monkeypatch.setenv("FRANCHISE_DRIVE_URL", url)
        monkeypatch.setenv("FRANCHISE_DRIVE_TOKEN", drive.token)
        monkeypatch.setenv("FRANCHISE_REPORT_FOLDER", drive.root_id)
        yield drive


def contents(drive):
    return {i.name: i.content for i in drive.files.children(drive.root_id)}


@pytest.mark.parametrize("drive", [True], indirect=True)
def test_reports_lie_in_the_shared_drive_once_and_are_replaced(lake, drive):
    lake.clean(lake.items(lake.item()), name="a.csv")
    assert publish_reports(lake.store, write_reports(lake.store)) == 2
    lake.clean(lake.items(lake.item(LINEITEM_ID="L2")), name="b.csv")
    keys = write_reports(lake.store)
    assert publish_reports(lake.store, keys) == 2
    assert contents(drive) == {
        "R1 2024-03-02.csv": lake.store.read(keys[0]),
        "R1 2024-03-02.html": lake.store.read(keys[1]),
    }


@pytest.mark.parametrize("drive", [True], indirect=True)
def test_a_busy_drive_is_asked_again(lake, drive):
    lake.clean(lake.items(lake.item()))
    drive.fail("upload", "busy", count=2)
    drive.fail("q=", "truncate", count=2)
    publish_reports(lake.store, write_reports(lake.store))
    assert len(contents(drive)) == 2


@pytest.mark.parametrize("drive", [False], indirect=True)
def test_a_drive_that_is_not_shared_says_what_to_do(lake, drive):
    lake.clean(lake.items(lake.item()))
    with pytest.raises(SourceError, match=r"storageQuotaExceeded\. A service account can write to"):
        publish_reports(lake.store, write_reports(lake.store))


def test_without_a_folder_nothing_is_written_to_drive(lake, monkeypatch):
    monkeypatch.delenv("FRANCHISE_REPORT_FOLDER", raising=False)
    lake.clean(lake.items(lake.item()))
    assert publish_reports(lake.store, write_reports(lake.store)) == 0
