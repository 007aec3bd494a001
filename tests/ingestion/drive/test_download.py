"""What is downloaded: the bytes that Drive announced, or nothing."""

import hashlib
import io

import openpyxl
import pytest

from ingestion.drive_client import XLSX
from ingestion.sources import ChangingError, DownloadError

BIG = bytes(range(256)) * 12_000  # 3 MB


def workbook(*rows, title="Sheet1"):
    """An xlsx file; each call gives other bytes for the same rows."""
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.properties.creator = str(next(NUMBERS))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


NUMBERS = iter(range(1000))


def test_the_bytes_arrive(remote):
    file_id = remote.add("a.bin", BIG)
    assert remote.download(file_id) == BIG
    assert remote.drive.bytes_sent == 3_072_000


def test_an_empty_file_is_a_file(remote):
    assert remote.download(remote.add("a.csv", b"")) == b""


def test_a_broken_connection_is_mended(remote):
    file_id = remote.add("a.bin", BIG)
    remote.drive.fail("alt=media", "reset", count=2)
    assert remote.download(file_id) == BIG


def test_a_cut_body_is_resumed_where_it_ended(remote):
    file_id = remote.add("a.bin", BIG)
    remote.drive.fail("alt=media", "truncate")
    assert remote.download(file_id) == BIG
    assert remote.drive.bytes_sent <= 3_072_000 + 1_048_576  # no second half twice


def test_a_body_that_came_whole_before_the_connection_broke_is_not_fetched_again(remote):
    file = remote.file(remote.add("a.bin", BIG))
    (remote.scratch / "target").write_bytes(BIG)
    assert remote.source().download(file, remote.scratch / "target").sha256 == file.sha256
    assert remote.drive.bytes_sent == 0


def test_a_wrong_first_half_is_not_kept(remote):
    file = remote.file(remote.add("a.bin", BIG))
    (remote.scratch / "target").write_bytes(b"x" + BIG[1:1_000_000])
    remote.source().download(file, remote.scratch / "target")
    assert (remote.scratch / "target").read_bytes() == BIG
    assert remote.drive.bytes_sent == 3_072_000 - 1_000_000 + 3_072_000


def test_a_corrupt_body_is_fetched_again(remote):
    file_id = remote.add("a.bin", BIG)
    remote.drive.fail("alt=media", "corrupt")
    assert remote.download(file_id) == BIG
    assert remote.drive.bytes_sent == 2 * 3_072_000


def test_a_body_that_is_always_corrupt_is_refused(remote):
    file_id = remote.add("a.bin", b"abc")
    remote.drive.fail("alt=media", "corrupt", count=100)
    with pytest.raises(
        DownloadError,
        match=r"4 downloads failed, the last one because its sha256 or size differs from what "
        "Drive announced",
    ):
        remote.download(file_id)


def test_a_body_that_is_always_cut_is_refused(remote):
    file_id = remote.add("a.bin", b"x" * 100_000)
    remote.drive.fail("alt=media", "truncate", count=100)
    with pytest.raises(DownloadError, match=r"4 downloads failed, the last one because"):
        remote.download(file_id)


@pytest.mark.parametrize("kind", ["rate", "busy", "broken", "unavailable"])
def test_a_passing_refusal_is_asked_again(remote, kind):
    file_id = remote.add("a.csv", b"abc")
    remote.drive.fail("alt=media", kind, count=2)
    assert remote.download(file_id) == b"abc"


def test_a_file_that_may_not_be_read_says_so(remote):
    file_id = remote.add("a.csv", b"abc")
    remote.drive.fail("alt=media", "forbidden", count=100)
    with pytest.raises(DownloadError, match=r"^HTTP 403: insufficientFilePermissions$"):
        remote.download(file_id)


def test_a_file_that_is_gone_between_list_and_download_says_so(remote):
    file_id = remote.add("a.csv", b"abc")
    file = remote.file(file_id)
    remote.files.remove(file_id)
    with pytest.raises(DownloadError, match=r"HTTP 404: notFound: not found, or not shared"):
        remote.source().download(file, remote.scratch / "target")


def test_a_file_edited_after_it_was_listed_is_taken_as_it_is_now(remote):
    file_id = remote.add("a.csv", b"before")
    file = remote.file(file_id)
    remote.files.edit(file_id, b"after!")
    found = remote.source().download(file, remote.scratch / "target")
    assert (remote.scratch / "target").read_bytes() == b"after!"
    assert found.sha256 == hashlib.sha256(b"after!").hexdigest()
    assert found.version == 2


def test_a_file_edited_during_its_download_is_taken_as_it_is_afterwards(remote):
    file_id = remote.add("a.csv", b"before")
    edit = lambda: remote.files.edit(file_id, b"after")  # noqa: E731
    remote.drive.fail("alt=media", "call", action=edit)
    assert remote.download(file_id) == b"after"


@pytest.mark.parametrize("kind", ["truncate", "reset", "corrupt"])
def test_an_older_file_is_verified_by_its_md5(remote, kind):
    remote.files.lacking = {"sha256Checksum"}
    file_id = remote.add("a.bin", BIG)
    remote.drive.fail("alt=media", kind, count=2)
    assert remote.download(file_id) == BIG


def test_an_older_file_of_wrong_bytes_is_not_taken(remote):
    remote.files.lacking = {"sha256Checksum"}
    file_id = remote.add("a.csv", b"abc")
    remote.drive.fail("alt=media", "corrupt", count=100)
    with pytest.raises(DownloadError, match=r"its md5 or size differs from what Drive announced"):
        remote.download(file_id)


def test_an_older_file_edited_during_its_download_is_taken_as_it_is_afterwards(remote):
    remote.files.lacking = {"sha256Checksum"}
    file_id = remote.add("a.csv", b"before")
    edit = lambda: remote.files.edit(file_id, b"after")  # noqa: E731
    remote.drive.fail("alt=media", "call", action=edit)
    assert remote.download(file_id) == b"after"


def test_a_file_edited_at_every_download_is_left_for_the_next_run(remote):
    contents = iter(str(n).encode() for n in range(100))
    file_id = remote.add("a.csv", b"before")
    edit = lambda: remote.files.edit(file_id, next(contents))  # noqa: E731
    remote.drive.fail("alt=media", "call", count=100, action=edit)
    with pytest.raises(ChangingError, match=r"edited twice .* the next run has it"):
        remote.download(file_id)


def test_a_sheet_edited_at_every_export_is_left_for_the_next_run(remote):
    file_id = remote.files.add_sheet(remote.root, "orders", {XLSX: workbook(["A"])})
    edit = lambda: remote.files.edit_sheet(file_id, {XLSX: workbook(["B"])})  # noqa: E731
    remote.drive.fail("/export", "call", count=100, action=edit)
    with pytest.raises(ChangingError, match=r"edited while it was exported; the next run has it"):
        remote.download(file_id)


def test_a_file_trashed_during_its_download_is_not_taken(remote):
    file_id = remote.add("a.csv", b"abc")
    trash = lambda: remote.files.trash(file_id)  # noqa: E731
    remote.drive.fail("alt=media", "call", action=trash)
    with pytest.raises(DownloadError, match=r"was moved to the trash while it was downloaded"):
        remote.download(file_id)


def test_a_google_sheet_is_exported_as_a_workbook(remote):
    book = workbook(["ORDER_ID"], ["O1"])
    file_id = remote.files.add_sheet(remote.root, "orders", {XLSX: book})
    assert remote.file(file_id).is_export
    assert remote.download(file_id) == book


def test_equal_cells_in_other_bytes_are_equal(remote):
    first, second = workbook(["A"], [1.5]), workbook(["A"], [1.5])
    assert first != second
    ids = [remote.files.add_sheet(remote.root, n, {XLSX: first}) for n in ("a", "b")]
    remote.files.edit_sheet(ids[1], {XLSX: second})
    files = [remote.source().download(remote.file(i), remote.scratch / i) for i in ids]
    assert files[0].cells == files[1].cells
    other = remote.files.add_sheet(remote.root, "c", {XLSX: workbook(["A"], [1.25])})
    assert remote.source().download(remote.file(other), remote.scratch / "c").cells != (
        files[0].cells
    )


def test_a_sheet_edited_during_its_export_is_exported_again(remote):
    file_id = remote.files.add_sheet(remote.root, "orders", {XLSX: workbook(["A"])})
    after = workbook(["B"])
    edit = lambda: remote.files.edit_sheet(file_id, {XLSX: after})  # noqa: E731
    remote.drive.fail("/export", "call", action=edit)
    assert remote.download(file_id) == after


def test_a_sheet_over_ten_megabytes_says_so(remote):
    file_id = remote.files.add_sheet(remote.root, "orders", {XLSX: b"x" * (10 << 20) + b"x"})
    with pytest.raises(
        DownloadError, match=r"cannot be exported: HTTP 403: exportSizeLimitExceeded"
    ):
        remote.download(file_id)


def test_a_google_document_holds_no_rows(remote):
    file_id = remote.files.add_sheet(remote.root, "letter", {})
    remote.files.items[file_id].mime = "application/vnd.google-apps.document"
    with pytest.raises(DownloadError, match=r"is a Google document, which holds no rows: save it"):
        remote.download(file_id)
