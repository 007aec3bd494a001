"""A shared drive is listed once, then asked for its changes; the files are the same either way."""

import json
from datetime import UTC, datetime, timedelta

import pytest

import ingestion.drive_listing
from demo.drive_server import serve
from ingestion.drive import DriveSource
from ingestion.drive_client import DriveClient
from lake import layout


@pytest.fixture
def shared(landing, tmp_path):
    """Landing from a shared drive of three folders."""
    (tmp_path / "shared").mkdir()
    with serve(tmp_path / "shared", shared=True) as (url, drive):
        landing.url, landing.drive = url, drive
        landing.folders = [drive.files.add_folder(drive.root_id, n) for n in ("a", "b", "c")]
        for folder in landing.folders:
            drive.files.add_file(folder, "1.csv", folder.encode())
        landing.run()
        drive.requests.clear()
        yield landing


def listings(shared):
    return [r for r in shared.drive.requests if "q=" in r]


def paths_of_a_full_listing(shared):
    client = DriveClient(shared.source().client.session, shared.url)
    return sorted(f.path for f in DriveSource(client, shared.drive.root_id).list_files())


def test_a_run_without_changes_lists_no_folder(shared):
    assert shared.run() == {"a/1.csv": "same", "b/1.csv": "same", "c/1.csv": "same"}
    assert listings(shared) == []
    assert len(shared.drive.requests) == 2  # the folder itself, and the changes


@pytest.mark.parametrize("kind", ["truncate", "reset", "corrupt"])
def test_changes_that_come_cut_or_damaged_are_asked_for_again(shared, kind):
    shared.drive.fail("/changes", kind, count=2)
    assert shared.run() == {"a/1.csv": "same", "b/1.csv": "same", "c/1.csv": "same"}
    assert listings(shared) == []


def test_new_edited_renamed_moved_and_trashed_files_are_found_by_their_changes(shared):
    files = shared.drive.files
    first, second, third = (files.children(folder)[0].file_id for folder in shared.folders)
    files.edit(first, b"edited")
    files.rename(second, "2.csv")
    files.move(second, shared.folders[0])
    files.trash(third)
    files.add_file(shared.folders[2], "new.csv", b"new")
    files.add_file("elsewhere", "not ours.csv", b"x")
    assert shared.run() == {
        "a/1.csv": "landed",
        "a/2.csv": "renamed",
        "c/new.csv": "landed",
        "c/1.csv": "trashed",
    }
    assert listings(shared) == []
    assert paths_of_a_full_listing(shared) == ["a/1.csv", "a/2.csv", "c/new.csv"]


def test_a_file_that_comes_out_of_the_trash_or_from_elsewhere_is_found(shared):
    files = shared.drive.files
    file_id = files.children(shared.folders[0])[0].file_id
    files.trash(file_id)
    shared.run()
    files.trash(file_id, trashed=False)
    files.move(files.add_file("elsewhere", "x.csv", b"x"), shared.folders[1])
    found = shared.run()
    assert (found["a/1.csv"], found["b/x.csv"]) == ("landed", "landed")
    assert listings(shared) == []


@pytest.mark.parametrize("what", ["new folder", "renamed", "trashed", "shortcut"])
def test_a_change_of_folders_or_shortcuts_means_a_full_listing(shared, what):
    files = shared.drive.files
    if what == "new folder":
        files.add_file(files.add_folder(shared.folders[0], "deep"), "2.csv", b"2")
    if what == "renamed":
        files.rename(shared.folders[0], "z")
    if what == "trashed":
        files.trash(shared.folders[0])
    if what == "shortcut":
        files.add_shortcut(shared.folders[0], "2.csv", files.add_file("x", "y.csv", b"y"))
    found = shared.run()
    assert len(listings(shared)) >= 3
    present = sorted(path for path, verdict in found.items() if verdict != "trashed")
    assert present == paths_of_a_full_listing(shared)


def test_a_drive_with_shortcuts_is_always_listed(shared):
    files = shared.drive.files
    files.add_shortcut(shared.folders[0], "2.csv", files.add_file("x", "y.csv", b"y"))
    shared.run()
    shared.drive.requests.clear()
    shared.run()
    assert len(listings(shared)) == 4


def test_my_drive_is_always_listed(landing):
    landing.add("a.csv", b"a")
    landing.run()
    landing.drive.requests.clear()
    landing.run()
    assert [r for r in landing.drive.requests if "changes" in r] == []


@pytest.mark.parametrize("kind", ["expired", "bad_token", "gone"])
def test_a_token_that_drive_forgot_means_a_full_listing(shared, kind):
    shared.drive.fail("changes", kind)
    assert set(shared.run().values()) == {"same"}
    assert len(listings(shared)) == 4


def test_after_a_week_everything_is_listed(shared, monkeypatch):
    class Later(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(zone) + timedelta(days=7, minutes=1)

    monkeypatch.setattr(ingestion.drive_listing, "datetime", Later)
    shared.run()
    assert len(listings(shared)) == 4
    assert datetime.now(UTC) < Later.now(UTC)


def test_a_file_that_failed_is_tried_again_without_a_change(shared):
    file_id = shared.drive.files.add_file(shared.folders[0], "2.csv", b"2")
    shared.drive.fail(f"{file_id}.*alt=media", "forbidden")
    assert shared.run()["a/2.csv"] == "failed"
    assert shared.run()["a/2.csv"] == "landed"


def test_changes_go_on_over_all_pages(shared):
    for number in range(1100):
        shared.drive.files.rename(shared.drive.files.add_file("x", "y", b""), f"{number}")
    shared.drive.files.add_file(shared.folders[0], "last.csv", b"x")
    assert shared.run()["a/last.csv"] == "landed"
    assert len([r for r in shared.drive.requests if "changes" in r]) == 3


def test_a_listing_of_another_version_is_not_used(shared):
    key = layout.listing(shared.drive.root_id)
    facts = json.loads(shared.store.read(key)) | {"schema_version": 0}
    shared.store.write(key, json.dumps(facts).encode())
    assert set(shared.run().values()) == {"same"}
    assert len(listings(shared)) == 4
