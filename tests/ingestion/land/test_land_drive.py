"""From a Drive folder into raw: what is landed, what is not, and what each run says of it."""

from datetime import UTC, datetime

import pytest

import ingestion.land
from ingestion.land import land
from ingestion.sources import SourceError

A = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"  # sha256 of b"a"
B = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"  # of b"b"
AT = datetime(2026, 6, 30, 5, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.usefixtures("both_stores")
def test_bytes_and_manifest_are_landed(landing):
    file_id = landing.add("a.csv", b"a", at=AT)
    assert landing.run() == {"a.csv": "landed"}
    assert landing.blobs() == [b"a"]
    (manifest,) = landing.manifests()
    assert manifest.pop("landed_at").startswith("20")
    assert manifest.pop("landing_id") == manifest_id(file_id, A)
    assert manifest == {
        "schema_version": 1,
        "file_id": file_id,
        "revision": A,
        "sha256": A,
        "md5": "0cc175b9c0f1b6a831c399e269772661",
        "cells_sha256": None,
        "bytes": 1,
        "name": "a.csv",
        "path": "a.csv",
        "mime": "application/octet-stream",
        "modified_at": "2026-06-30T05:00:00.123000Z",
        "version": 1,
        "source": "drive",
        "root": landing.drive.root_id,
        "run_id": "20260701T120000Z-000001",
    }


def manifest_id(file_id, revision):
    import hashlib

    return hashlib.sha256(f"{file_id}|{revision}".encode()).hexdigest()[:32]


@pytest.mark.usefixtures("both_stores")
def test_a_second_run_downloads_nothing(landing):
    for number in range(20):
        landing.add(f"{number}.csv", str(number).encode() * 1000)
    landing.run()
    sent = landing.drive.bytes_sent
    assert set(landing.run().values()) == {"same"}
    assert landing.drive.bytes_sent == sent == 30_000
    assert landing.record(2)["requests"] == 2  # the folder and one page


def test_a_run_records_every_file_and_what_became_of_it(landing):
    landing.add("a.csv", b"a")
    landing.add("b.csv", b"b")
    landing.drive.fail(f"{landing.add('c.csv', b'c')}.*alt=media", "forbidden", count=9)
    assert landing.run() == {"a.csv": "landed", "b.csv": "landed", "c.csv": "failed"}
    record = landing.record(1)
    assert (record["source"], record["root"]) == ("drive", landing.drive.root_id)
    assert [(f["path"], f["verdict"], f["bytes"], f["reason"]) for f in record["files"]] == [
        ("a.csv", "landed", 1, None),
        ("b.csv", "landed", 1, None),
        ("c.csv", "failed", 0, "HTTP 403: insufficientFilePermissions"),
    ]


def test_a_file_that_failed_is_landed_by_the_next_run(landing):
    landing.drive.fail(f"{landing.add('c.csv', b'c')}.*alt=media", "forbidden")
    assert landing.run() == {"c.csv": "failed"}
    assert landing.manifests() == []
    assert landing.run() == {"c.csv": "landed"}


@pytest.mark.parametrize("kind", ["truncate", "reset", "corrupt", "busy", "rate", "broken"])
def test_a_fault_of_any_kind_ends_in_the_same_lake(landing, kind):
    landing.add("a.csv", b"a" * 100_000)
    landing.add("b.csv", b"b" * 100_000)
    landing.drive.fail("alt=media", kind, count=2)
    landing.drive.fail("q=", "busy")
    assert set(landing.run().values()) == {"landed"}
    assert sorted(landing.blobs()) == [b"a" * 100_000, b"b" * 100_000]
    sent = landing.drive.bytes_sent
    assert set(landing.run().values()) == {"same"}
    assert landing.drive.bytes_sent == sent


@pytest.mark.parametrize("kind", ["truncate", "reset", "corrupt"])
@pytest.mark.parametrize("answer", ["q=", r"files/[^/?]+\?fields"])
def test_a_list_or_metadata_that_comes_cut_or_damaged_is_asked_for_again(landing, answer, kind):
    landing.add("a.csv", b"a")
    landing.add("b.csv", b"b")
    landing.drive.fail(answer, kind, count=2)
    assert landing.run() == {"a.csv": "landed", "b.csv": "landed"}


@pytest.mark.parametrize("kind", ["truncate", "broken"])
def test_a_file_whose_metadata_never_comes_hurts_only_itself(landing, kind):
    landing.add("a.csv", b"a")
    landing.drive.fail(rf"files/{landing.add('b.csv', b'b')}\?fields", kind, count=100)
    assert landing.run() == {"a.csv": "landed", "b.csv": "failed"}


def test_a_corrected_file_is_a_second_revision(landing):
    file_id = landing.add("a.csv", b"a")
    landing.run()
    landing.files.edit(file_id, b"b")
    assert landing.run() == {"a.csv": "landed"}
    assert [m["revision"] for m in landing.manifests()] == [A, B]


def test_bytes_that_come_back_are_a_third_revision(landing):
    file_id = landing.add("a.csv", b"a")
    for content in (b"b", b"a", b"a"):
        landing.run()
        landing.files.edit(file_id, content)
    assert landing.run() == {"a.csv": "same"}
    assert [m["revision"] for m in landing.manifests()] == [A, B, f"{A}.2"]
    assert sorted(landing.blobs()) == [b"a", b"b"]


def test_what_lies_there_now_is_the_last_word_even_with_an_older_time(landing):
    file_id = landing.add("a.csv", b"a", at=AT)
    landing.run()
    landing.files.edit(file_id, b"b", at=datetime(2026, 6, 1, tzinfo=UTC))
    assert [landing.run(), landing.run()] == [{"a.csv": "landed"}, {"a.csv": "same"}]
    assert [(m["revision"], m["modified_at"]) for m in landing.manifests()] == [
        (A, "2026-06-30T05:00:00.123000Z"),
        (B, "2026-06-30T05:00:00.123001Z"),
    ]


def test_a_renamed_or_moved_file_is_not_landed_again(landing):
    file_id = landing.add("a.csv", b"a")
    landing.run()
    landing.files.rename(file_id, "b.csv")
    landing.files.move(file_id, landing.files.add_folder(landing.drive.root_id, "done"))
    assert landing.run() == {"done/b.csv": "renamed"}
    assert landing.record(2)["files"][0]["before"] == "a.csv"
    assert landing.run() == {"done/b.csv": "same"}
    assert len(landing.manifests()) == 1


def test_two_files_of_one_name_are_two_files(landing):
    landing.add("a.csv", b"a")
    landing.add("a.csv", b"b")
    landing.run()
    assert [m["revision"] for m in landing.manifests()] in ([A, B], [B, A])
    assert len({m["file_id"] for m in landing.manifests()}) == 2


def test_equal_bytes_are_stored_once_and_named_twice(landing):
    landing.add("a.csv", b"a")
    landing.add("b.csv", b"a")
    landing.run()
    assert landing.blobs() == [b"a"]
    assert [m["path"] for m in landing.manifests()] == ["a.csv", "b.csv"]


@pytest.mark.usefixtures("both_stores")
def test_a_file_in_the_trash_gets_one_tombstone(landing):
    file_id = landing.add("a.csv", b"a", at=AT)
    landing.run()
    landing.files.trash(file_id)
    assert landing.run() == {"a.csv": "trashed"}
    assert landing.run() == {}
    first, stone = landing.manifests()
    assert (stone["revision"], stone["trashed"]) == ("trashed-1", True)
    assert stone["modified_at"] == "2026-06-30T05:00:00.123001Z"
    assert first["revision"] == A


def test_a_file_taken_out_of_the_trash_counts_again_at_its_own_time(landing):
    file_id = landing.add("a.csv", b"a", at=AT)
    landing.run()
    landing.files.trash(file_id)
    landing.run()
    landing.files.trash(file_id, trashed=False)
    assert [landing.run(), landing.run()] == [{"a.csv": "landed"}, {"a.csv": "same"}]
    assert [(m["revision"], m["modified_at"]) for m in landing.manifests()] == [
        (A, "2026-06-30T05:00:00.123000Z"),
        ("trashed-1", "2026-06-30T05:00:00.123001Z"),
        (f"{A}.2", "2026-06-30T05:00:00.123002Z"),
    ]
    landing.files.trash(file_id)
    landing.run()
    assert landing.manifests()[-1]["revision"] == "trashed-2"


def test_a_file_moved_out_of_the_folder_is_gone(landing):
    file_id = landing.add("a.csv", b"a")
    landing.run()
    landing.files.move(file_id, "somewhere-else")
    assert landing.run() == {"a.csv": "trashed"}


def test_an_incomplete_list_buries_nothing(landing):
    landing.add("a.csv", b"a")
    landing.run()
    landing.drive.fail("in parents", "incomplete")
    with pytest.raises(SourceError):
        landing.run()
    assert len(landing.manifests()) == 1


def test_files_of_another_folder_are_not_buried(landing):
    north = landing.files.add_folder(landing.drive.root_id, "north")
    south = landing.files.add_folder(landing.drive.root_id, "south")
    landing.files.add_file(north, "n.csv", b"a")
    landing.files.add_file(south, "s.csv", b"b")
    for folder, path in ((north, "n.csv"), (south, "s.csv"), (north, "n.csv")):
        source = landing.source()
        source.root = folder
        assert list(landing.run(source)) == [path]
    assert len(landing.manifests()) == 2


def test_an_older_file_of_which_drive_has_no_sha256_is_landed_once(landing):
    landing.files.lacking = {"sha256Checksum"}
    file_id = landing.add("a.csv", b"a")
    assert landing.run() == {"a.csv": "landed"}
    assert landing.manifests()[0]["sha256"] == A
    sent = landing.drive.bytes_sent
    assert landing.run() == {"a.csv": "same"}
    assert landing.drive.bytes_sent == sent
    landing.files.edit(file_id, b"b")
    assert landing.run() == {"a.csv": "landed"}
    landing.files.trash(file_id)
    landing.run()
    landing.files.trash(file_id, trashed=False)
    assert [landing.run(), landing.run()] == [{"a.csv": "landed"}, {"a.csv": "same"}]


def test_a_file_without_any_checksum_is_not_taken_unverified(landing):
    landing.files.lacking = {"sha256Checksum", "md5Checksum"}
    landing.add("a.csv", b"a")
    assert landing.run() == {"a.csv": "failed"}
    reason = landing.record(1)["files"][0]["reason"]
    assert reason.startswith("Drive knows no checksum of it, so that no download can be verified")


@pytest.mark.usefixtures("both_stores")
def test_files_that_are_gone_cost_nothing_from_then_on(landing, monkeypatch):
    ids = [landing.add(f"{number}.csv", b"a") for number in range(3)]
    landing.run()
    for file_id in ids[:2]:
        landing.files.trash(file_id)
    landing.run()
    read = []
    look_up = ingestion.land.latest_manifest
    monkeypatch.setattr(
        ingestion.land, "latest_manifest", lambda *a: read.append(a[1]) or look_up(*a)
    )
    assert (landing.run(), read) == ({"2.csv": "same"}, [])
    landing.files.trash(ids[2])
    assert (landing.run(), read) == ({"2.csv": "trashed"}, [ids[2]])
    landing.files.trash(ids[0], trashed=False)
    assert landing.run() == {"0.csv": "landed"}
    landing.files.trash(ids[0])
    assert [landing.run(), landing.run()] == [{"0.csv": "trashed"}, {}]


def test_a_served_folder_on_disk_is_a_drive(landing, tmp_path):
    (tmp_path / "drive" / "boston").mkdir()
    (tmp_path / "drive" / "boston" / "a.csv").write_bytes(b"a")
    assert landing.run() == {"boston/a.csv": "landed"}
    (tmp_path / "drive" / "boston" / "a.csv").write_bytes(b"bb")
    assert landing.run() == {"boston/a.csv": "landed"}
    (tmp_path / "drive" / "boston" / "a.csv").unlink()
    assert landing.run() == {"boston/a.csv": "trashed"}


def test_what_came_through_a_shortcut_stays_while_its_target_cannot_be_seen(landing):
    outside = landing.files.add_folder("", "outside")
    landing.files.add_file(outside, "c.csv", b"c")
    single = landing.files.add_file("", "single.csv", b"s")
    folder = landing.files.add_shortcut(landing.drive.root_id, "franchisee", outside)
    landing.files.add_shortcut(landing.drive.root_id, "d.csv", single)
    assert landing.run() == {"franchisee/c.csv": "landed", "d.csv": "landed"}
    landing.files.remove(outside)
    landing.files.remove(single)
    links = {"franchisee": "failed", "d.csv": "unseen"}  # a file has the path of its shortcut
    assert landing.run() == links | {"franchisee/c.csv": "unseen"}
    facts = land(landing.source(), landing.store, "20260702T000000Z-1").facts()
    assert (facts["files"], facts["others"]) == (2, {"failed": 2, "unseen": 2})
    assert [failed["path"] for failed in facts["failed"]] == ["d.csv", "franchisee"]
    landing.files.remove(folder)
    assert landing.run()["franchisee/c.csv"] == "trashed"


def test_what_came_through_a_shortcut_is_withdrawn_when_its_target_is_in_the_trash(landing):
    outside = landing.files.add_folder("", "outside")
    landing.files.add_file(outside, "c.csv", b"c")
    landing.files.add_shortcut(landing.drive.root_id, "franchisee", outside)
    landing.run()
    landing.files.trash(outside)
    assert landing.run() == {"franchisee/c.csv": "trashed"}
