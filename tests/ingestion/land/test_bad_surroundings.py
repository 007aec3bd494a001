"""A full disk, a lake that may not be written to, clocks that differ, very many files."""

import contextlib
import resource
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.cards import CardKey
from ingestion.clean import CleanSettings, clean_new
from ingestion.folder import FolderSource
from ingestion.land import land
from ingestion.scratch import ScratchError
from lake.errors import LakeWriteError
from lake.store import open_store
from tests.rights import as_nobody

SETTINGS = CleanSettings(CardKey(bytes(range(32))))
ITEMS = (
    b"ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,ITEM_PRICE,ITEM_QUANTITY\n"
    b"O1,L1,R1,2024-03-01T18:30:00Z,12.50,1\n"
)


@contextlib.contextmanager
def no_file_larger_than(size):
    """A disk that takes no more, as far as a process can have one of its own."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def open_folder():
    """A folder that everybody can enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def source(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(ITEMS)
    return FolderSource(tmp_path / "in")


def test_a_full_lake_ends_the_run_and_is_gone_on_with(source, tmp_path):
    store = open_store(str(tmp_path / "lake"))
    message = (
        r"the lake cannot be written to at .*/lake/raw/manifests/.*\.json: File too large\. "
        r"Allow larger files, then run again\."
    )
    with no_file_larger_than(200), pytest.raises(LakeWriteError, match=message):
        land(source, store, "run-1")
    assert list(store.list("raw/manifests")) == []
    assert land(source, store, "run-2").facts()["landed"] == 1


def test_a_full_lake_ends_clean_and_leaves_no_ledger(source, tmp_path):
    store = open_store(str(tmp_path / "lake"))
    land(source, store, "run-1")
    with no_file_larger_than(200), pytest.raises(LakeWriteError, match=r"clean/entity=order_items"):
        clean_new(store, SETTINGS, workers=1)
    assert list(store.list("clean")) == ["clean/card_key"]
    (ledger,) = clean_new(store, SETTINGS, workers=1)
    assert ledger["counts"]["loaded"] == 1


def test_a_full_temporary_folder_says_so(landing):
    landing.add("a.csv", b"x" * 5000)
    message = r"the temporary folder .* cannot be written to: File too large\. Free space there"
    with no_file_larger_than(2000), pytest.raises(ScratchError, match=message):
        landing.run()
    assert landing.run() == {"a.csv": "landed"}


def test_a_lake_that_may_not_be_written_to_says_so(source, open_folder):
    store = open_store(str(open_folder / "lake"))
    (open_folder / "lake").chmod(0o555)
    source.list_files = lambda: iter(())  # nobody may not even read where root keeps its files
    message = (
        r"the lake cannot be written to at .*/lake/raw/folders\.json: Permission denied\. "
        r"Allow this user to write there, then run again\."
    )
    with as_nobody(), pytest.raises(LakeWriteError, match=message):
        land(source, store, "run-1")


def test_a_lake_that_may_not_be_made_says_so(open_folder):
    open_folder.chmod(0o555)
    message = r"the lake cannot be written to at .*/lake: Permission denied\."
    with as_nobody(), pytest.raises(LakeWriteError, match=message):
        open_store(str(open_folder / "lake"))


@pytest.mark.parametrize("days", [-400, 2])
def test_a_clock_that_differs_from_ours_changes_nothing(landing, days):
    at = datetime.now(UTC) + timedelta(days=days)
    file_id = landing.add("a.csv", b"a", at=at)
    assert [landing.run(), landing.run()] == [{"a.csv": "landed"}, {"a.csv": "same"}]
    landing.files.edit(file_id, b"b", at=at + timedelta(seconds=1))
    assert landing.run() == {"a.csv": "landed"}
    landing.files.trash(file_id)
    assert landing.run() == {"a.csv": "trashed"}
    assert [m.get("sha256", "gone") for m in landing.manifests()][2] == "gone"


def test_a_hundred_thousand_files_in_one_folder_are_listed(landing):
    for number in range(100_000):
        landing.add(f"{number:06d}.csv", b"")
    source = landing.source()
    assert len({file.file_id for file in source.list_files()}) == 100_000
    assert source.requests == 101
