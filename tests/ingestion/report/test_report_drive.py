"""Reports back to a shared drive."""

from functools import partial

import pytest

from demo.drive_server import serve
from ingestion.report import write_reports
from ingestion.report_drive import ReportFolder, publish_reports
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


@pytest.mark.parametrize("drive", [True], indirect=True)
@pytest.mark.parametrize("kind", ["lost", "truncate"])
def test_a_report_whose_creation_is_not_answered_is_not_made_twice(lake, drive, kind):
    lake.clean(lake.items(lake.item()))
    drive.fail("upload", kind, count=2)
    publish_reports(lake.store, write_reports(lake.store))
    names = [item.name for item in drive.files.children(drive.root_id)]
    assert names == ["R1 2024-03-02.csv", "R1 2024-03-02.html"]


@pytest.mark.parametrize("drive", [False], indirect=True)
def test_a_drive_that_is_not_shared_says_what_to_do(lake, drive):
    lake.clean(lake.items(lake.item()))
    with pytest.raises(SourceError, match=r"storageQuotaExceeded\. A service account can write to"):
        publish_reports(lake.store, write_reports(lake.store))


def failing(count):
    """An upload that is killed after so many pages."""

    def put(self, name, content):
        nonlocal count
        count -= 1
        if count < 0:
            raise KeyboardInterrupt
        return PUT(self, name, content)

    return put


PUT = ReportFolder.put


@pytest.mark.parametrize("drive", [True], indirect=True)
def test_an_upload_that_failed_is_repeated_by_the_next_run(lake, drive):
    publish = partial(publish_reports, lake.store)
    lake.clean(lake.items(lake.item()), name="a.csv")
    drive.fail("upload", "forbidden", count=1)
    with pytest.raises(SourceError, match=r"R1 2024-03-02\.csv cannot be written to Drive"):
        write_reports(lake.store, publish)
    assert contents(drive) == {}
    keys = write_reports(lake.store, publish)
    assert contents(drive) == {
        "R1 2024-03-02.csv": lake.store.read(keys[0]),
        "R1 2024-03-02.html": lake.store.read(keys[1]),
    }
    assert write_reports(lake.store, publish) == []


@pytest.mark.parametrize("drive", [True], indirect=True)
@pytest.mark.parametrize("pages", [0, 1])
def test_a_run_killed_between_two_uploads_leaves_each_page_once(lake, drive, monkeypatch, pages):
    publish = partial(publish_reports, lake.store)
    lake.clean(lake.items(lake.item()), name="a.csv")
    monkeypatch.setattr(ReportFolder, "put", failing(pages))
    with pytest.raises(KeyboardInterrupt):
        write_reports(lake.store, publish)
    monkeypatch.setattr(ReportFolder, "put", PUT)
    assert len(contents(drive)) == pages
    assert len(write_reports(lake.store, publish)) == 2
    names = sorted(item.name for item in drive.files.children(drive.root_id))
    assert names == ["R1 2024-03-02.csv", "R1 2024-03-02.html"]


def test_without_a_folder_nothing_is_written_to_drive(lake, monkeypatch):
    monkeypatch.delenv("FRANCHISE_REPORT_FOLDER", raising=False)
    lake.clean(lake.items(lake.item()))
    assert publish_reports(lake.store, write_reports(lake.store)) == 0
