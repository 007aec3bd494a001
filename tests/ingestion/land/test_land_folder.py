"""From a local folder into raw."""

import os

import pytest

from ingestion.cards import CardKey
from ingestion.clean import CleanSettings, clean_new
from ingestion.folder import FolderSource
from ingestion.known_folders import OtherFolderError
from ingestion.land import open_source
from ingestion.sources import SourceError
from lake import layout


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


def test_every_file_below_a_folder_is_a_delivery(landing, folder):
    (folder / "boston").mkdir()
    (folder / "boston" / "b.csv").write_bytes(b"b")
    (folder / "a.csv").write_bytes(b"a")
    assert landing.run(FolderSource(folder)) == {"a.csv": "landed", "boston/b.csv": "landed"}
    assert landing.run(FolderSource(folder)) == {"a.csv": "same", "boston/b.csv": "same"}


def test_hidden_and_temporary_files_are_none(landing, folder):
    for name in (".DS_Store", "~$orders.xlsx"):
        (folder / name).write_bytes(b"x")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_bytes(b"x")
    assert landing.run(FolderSource(folder)) == {}


def test_the_time_of_a_delivery_is_that_of_its_file(landing, folder):
    (folder / "a.csv").write_bytes(b"a")
    os.utime(folder / "a.csv", ns=(0, 1_700_000_000_123_456_789))
    landing.run(FolderSource(folder))
    assert landing.manifests()[0]["modified_at"] == "2023-11-14T22:13:20.123456Z"


def test_an_older_copy_put_back_is_the_last_word_and_is_landed_once(landing, folder):
    (folder / "a.csv").write_bytes(b"new")
    landing.run(FolderSource(folder))
    (folder / "a.csv").write_bytes(b"old")
    os.utime(folder / "a.csv", (0, 0))
    assert landing.run(FolderSource(folder)) == {"a.csv": "landed"}
    assert landing.run(FolderSource(folder)) == {"a.csv": "same"}
    assert len(landing.manifests()) == 2


def test_a_missing_folder_says_so(tmp_path):
    with pytest.raises(SourceError, match=r"missing does not exist or is no folder. Name a folder"):
        FolderSource(tmp_path / "missing")


def test_a_file_that_changes_while_it_is_copied_is_left_for_the_next_run(landing, folder):
    (folder / "a.csv").write_bytes(b"a")
    source = FolderSource(folder)
    listed = list(source.list_files())
    (folder / "a.csv").write_bytes(b"longer")
    source.list_files = lambda: iter(listed)
    assert landing.run(source) == {"a.csv": "too_fresh"}
    assert landing.record(1)["files"][0]["reason"] is None
    assert landing.run(FolderSource(folder)) == {"a.csv": "landed"}


def test_a_file_that_is_gone_before_it_is_copied_hurts_only_itself(landing, folder):
    (folder / "a.csv").write_bytes(b"a")
    (folder / "b.csv").write_bytes(b"b")
    source = FolderSource(folder)
    listed = list(source.list_files())
    (folder / "a.csv").unlink()
    source.list_files = lambda: iter(listed)
    assert landing.run(source) == {"a.csv": "failed", "b.csv": "landed"}
    assert landing.record(1)["files"][0]["reason"] == (
        "is gone since it was listed; the next run looks again"
    )


@pytest.mark.parametrize(
    "name", ['it\'s "x".csv', "a\nb.csv", "🍔.csv", "-rf", "a;drop table x.csv"]
)
def test_a_name_is_only_a_word(landing, folder, name):
    (folder / name).write_bytes(b"a")
    assert landing.run(FolderSource(folder)) == {name: "landed"}
    assert all("drop" not in key for key in landing.store.list("raw"))


def test_names_that_are_no_text_are_landed_and_cleaned_each_as_a_file_of_its_own(landing, folder):
    (folder / os.fsdecode(b"caf\xe9.csv")).write_bytes(b"a,b\n1,2\n")
    (folder / os.fsdecode(b"caf\xe8.csv")).write_bytes(b"a,b\n3,4\n")
    (folder / "good.csv").write_bytes(b"a,b\n5,6\n")
    assert landing.run(FolderSource(folder)) == {"caf?.csv": "landed", "good.csv": "landed"}
    assert landing.run(FolderSource(folder)) == {"caf?.csv": "same", "good.csv": "same"}
    ledgers = clean_new(landing.store, CleanSettings(CardKey(bytes(range(32)))), workers=1)
    assert sorted(ledger["path"] for ledger in ledgers) == ["caf?.csv", "caf?.csv", "good.csv"]
    assert clean_new(landing.store, CleanSettings(CardKey(bytes(range(32)))), workers=1) == []


def test_a_link_that_leads_nowhere_hurts_only_itself(landing, folder):
    (folder / "a.csv").write_bytes(b"a")
    (folder / "b.csv").symlink_to(folder / "missing")
    assert landing.run(FolderSource(folder)) == {"a.csv": "landed", "b.csv": "failed"}
    assert landing.record(1)["files"][1]["reason"] == (
        "is a link that leads nowhere (No such file or directory): "
        "mend it; or take it away, and what came through it is withdrawn"
    )


def test_what_came_through_a_link_stays_while_the_link_leads_nowhere(landing, folder, tmp_path):
    elsewhere, away = tmp_path / "elsewhere", tmp_path / "away"
    (elsewhere / "may").mkdir(parents=True)
    (elsewhere / "may" / "c.csv").write_bytes(b"c")
    (folder / "franchisee").symlink_to(elsewhere)
    (folder / "franchisee.csv").write_bytes(b"f")
    landing.run(FolderSource(folder))
    elsewhere.rename(away)
    (folder / "franchisee.csv").unlink()
    unseen = {"franchisee": "failed", "franchisee/may/c.csv": "unseen"}
    assert landing.run(FolderSource(folder)) == unseen | {"franchisee.csv": "trashed"}
    assert landing.run(FolderSource(folder)) == unseen
    away.rename(elsewhere)
    assert landing.run(FolderSource(folder)) == {"franchisee/may/c.csv": "same"}
    (folder / "franchisee").unlink()
    assert landing.run(FolderSource(folder)) == {"franchisee/may/c.csv": "trashed"}


def test_a_file_that_is_gone_before_it_is_looked_at_hurts_only_itself(landing, folder, monkeypatch):
    (folder / "a.csv").write_bytes(b"a")
    (folder / "b.csv").write_bytes(b"b")
    walk = os.walk

    def walk_and_remove(*arguments, **options):
        for found in walk(*arguments, **options):
            (folder / "a.csv").unlink()
            yield found

    monkeypatch.setattr("ingestion.folder.os.walk", walk_and_remove)
    assert landing.run(FolderSource(folder)) == {"a.csv": "failed", "b.csv": "landed"}


def test_a_pipe_hurts_only_itself_and_is_named(landing, folder):
    (folder / "a.csv").write_bytes(b"a")
    os.mkfifo(folder / "pipe")
    assert landing.run(FolderSource(folder)) == {"a.csv": "landed", "pipe": "failed"}
    assert landing.record(1)["files"][1]["reason"] == (
        "is no file but a pipe, a socket or a device: take it away"
    )


def test_a_link_to_a_folder_is_followed_once_and_in_no_circle(landing, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "c.csv").write_bytes(b"c")
    (tmp_path / "elsewhere" / "back").symlink_to(folder)
    (folder / "2024-07").mkdir()
    (folder / "2024-07" / "a.csv").write_bytes(b"a")
    (folder / "0-latest").symlink_to(folder / "2024-07")
    (folder / "franchisee").symlink_to(tmp_path / "elsewhere")
    both = ["2024-07/a.csv", "franchisee/c.csv"]
    assert landing.run(FolderSource(folder)) == dict.fromkeys(both, "landed")
    assert landing.run(FolderSource(folder)) == dict.fromkeys(both, "same")


def test_what_a_killed_run_left_is_removed_after_a_day(landing, folder):
    (folder / "a.csv").write_bytes(b"a")
    old, young = (landing.store.scratch() / name for name in ("land-old", "land-young"))
    for left in (old, young):
        left.mkdir()
        (left / "0").write_bytes(b"half")
    os.utime(old, (0, 0))
    landing.run(FolderSource(folder))
    assert [p.name for p in landing.store.scratch().iterdir()] == ["land-young"]


@pytest.fixture
def june_and_july(tmp_path):
    """Two months in two folders, with a file of the same name in both."""
    for month, names in (("june", ("orders", "only_june")), ("july", ("orders",))):
        (tmp_path / month).mkdir()
        for name in names:
            (tmp_path / month / f"{name}.csv").write_bytes(f"{name} of {month}".encode())
    return tmp_path / "june", tmp_path / "july"


def test_another_folder_is_refused_with_both_names_and_the_remedy(landing, june_and_july):
    june, july = june_and_july
    landing.run(open_source(str(june)))
    before = sorted(landing.store.list("raw"))
    with pytest.raises(OtherFolderError) as refused:
        landing.run(open_source(str(july)))
    assert str(refused.value) == (
        f"the lake holds deliveries of the folder {june}, and {july} is another one. "
        f"Nothing was written. If both deliver, give this one a name: --source folder:NAME:{july} "
        f"If it is the same folder at another place: --source folder:main:{july}"
    )
    assert sorted(landing.store.list("raw")) == before


def test_two_folders_with_names_of_their_own_lose_nothing(landing, june_and_july):
    june, july = june_and_july
    landing.run(open_source(str(june)))
    assert landing.run(open_source(f"folder:july:{july}")) == {"orders.csv": "landed"}
    assert landing.run(open_source(f"folder:july:{july}")) == {"orders.csv": "same"}
    assert landing.run(open_source(str(june))) == {"only_june.csv": "same", "orders.csv": "same"}
    roots = [(m["path"], m["root"]) for m in landing.manifests()]
    assert roots == [
        ("only_june.csv", "folder"),
        ("orders.csv", "folder"),
        ("orders.csv", "folder:july"),
    ]
    assert len({m["file_id"] for m in landing.manifests()}) == 3


def test_a_folder_that_has_a_name_must_be_given_with_it(landing, june_and_july):
    june, july = june_and_july
    landing.run(open_source(f"folder:july:{july}"))
    with pytest.raises(OtherFolderError, match=f"Write it as --source folder:july:{july}$"):
        landing.run(open_source(str(july)))
    landing.run(open_source(str(june)))


def test_a_folder_that_was_moved_is_the_same_once_it_is_said_to_be(landing, june_and_july):
    june, _ = june_and_july
    landing.run(open_source(str(june)))
    moved = june.rename(june.with_name("moved"))
    same = {"only_june.csv": "same", "orders.csv": "same"}
    assert landing.run(open_source(f"folder:main:{moved}")) == same
    assert landing.run(open_source(str(moved))) == same


def test_a_relative_path_and_a_link_are_the_same_folder(landing, june_and_july, monkeypatch):
    june, _ = june_and_july
    landing.run(open_source(str(june)))
    june.with_name("link").symlink_to(june)
    monkeypatch.chdir(june.parent)
    same = {"only_june.csv": "same", "orders.csv": "same"}
    assert [landing.run(open_source(path)) for path in ("june", "link")] == [same, same]


def test_a_lake_from_before_folders_were_remembered_goes_on(landing, june_and_july):
    june, _ = june_and_july
    landing.run(open_source(str(june)))
    landing.store.delete(layout.FOLDERS)
    assert landing.run(open_source(str(june))) == {"only_june.csv": "same", "orders.csv": "same"}
