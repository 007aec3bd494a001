"""What only a lake in a folder can get wrong."""

import contextlib
import os

import pytest

from lake.errors import LakeReadError
from lake.folder import FolderStore
from tests.rights import as_nobody


def test_a_key_cannot_leave_the_lake(tmp_path):
    store = FolderStore(tmp_path / "lake")
    with pytest.raises(ValueError, match=r"a key must stay inside the lake: 'raw/../../x'"):
        store.write("raw/../../x", b"1")
    assert list(tmp_path.rglob("x")) == []


def test_half_written_files_are_not_listed(tmp_path):
    store = FolderStore(tmp_path)
    store.write("a/b", b"1")
    (tmp_path / "a" / ".tmp-killed").write_bytes(b"half")
    assert list(store.list("a")) == ["a/b"]


def test_files_of_the_lake_can_be_read_by_the_group_of_the_machine(tmp_path):
    FolderStore(tmp_path).write("a", b"1")
    assert os.stat(tmp_path / "a").st_mode & 0o777 == 0o644


def test_a_folder_keeps_no_checksum(tmp_path):
    store = FolderStore(tmp_path)
    store.write("a", b"1")
    assert store.checksum("a") is None


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    store = FolderStore(tmp_path)
    with pytest.raises(FileNotFoundError):
        store.write("a/b", tmp_path / "missing")
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_file_in_the_scratch_folder_is_taken_over_without_a_copy(tmp_path):
    store = FolderStore(tmp_path)
    file = store.scratch() / "download"
    file.write_bytes(b"bytes")
    assert store.create("raw/a", file) is True
    assert os.stat(tmp_path / "raw" / "a").st_ino == os.stat(file).st_ino
    file.unlink()
    assert store.read("raw/a") == b"bytes"
    assert list(store.list("raw")) == ["raw/a"]


def test_a_file_from_elsewhere_is_copied(tmp_path):
    store = FolderStore(tmp_path / "lake")
    file = tmp_path / "mine"
    file.write_bytes(b"bytes")
    store.create("raw/a", file)
    file.write_bytes(b"other")
    assert store.read("raw/a") == b"bytes"


@contextlib.contextmanager
def unreadable(folder):
    """A folder that this user may not enter, also where the tests run as root."""
    folder.chmod(0)
    try:
        with as_nobody():
            yield
    finally:
        folder.chmod(0o755)


@pytest.mark.parametrize("call", ["read", "exists", "size", "read_version", "fetch", "list"])
def test_a_lake_that_may_not_be_read_is_not_taken_for_an_empty_one(tmp_path, call):
    store = FolderStore(tmp_path)
    store.write("raw/a", b"1")
    calls = {
        "fetch": lambda: store.fetch("raw/a", tmp_path),
        "list": lambda: list(store.list("raw")),
    }
    message = (
        r"the lake cannot be read at .*/raw(/a)?: Permission denied\. "
        r"Allow this user to read there, then run again\."
    )
    with unreadable(tmp_path / "raw"), pytest.raises(LakeReadError, match=message):
        calls.get(call, lambda: getattr(store, call)("raw/a"))()
    assert list(store.list("raw")) == ["raw/a"]
