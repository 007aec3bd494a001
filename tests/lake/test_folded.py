"""What normalize knows of landings: which files hold it, and what of it a new file bears on."""

import pytest

from lake.errors import LakeReadError
from lake.folded import SCHEMA, read_folded, related, write_folded
from lake.folder import FolderStore

JAN, FEB = "2026-01-05T06:00:00Z", "2026-02-05T06:00:00Z"
EMPTY = SCHEMA.empty_table()


def row(landing, landed_at=JAN, state="live", **values):
    return {"landing_id": landing, "landed_at": landed_at, "state": state, **values}


def states(store, files):
    return read_folded(store, {"landings": files}, ["landing_id", "state"]).to_pylist()


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path)


@pytest.fixture
def files(store):
    """What a first run writes of two landings in January and one in February."""
    return write_folded(store, "run-1", EMPTY, {}, [row("a"), row("c", FEB), row("b")])


def test_a_run_writes_anew_only_the_months_in_which_it_changes_a_landing(store, files):
    held = read_folded(store, {"landings": files})
    changed = [row("d", FEB), row("c", FEB, "superseded")]
    after = write_folded(store, "run-2", held, files, changed)
    assert after["2026-01"] == files["2026-01"]
    assert after["2026-02"]["key"] == "normalized/landings/run=run-2/2026-02.arrow"
    assert states(store, after) == [
        {"landing_id": "a", "state": "live"},
        {"landing_id": "b", "state": "live"},
        {"landing_id": "c", "state": "superseded"},
        {"landing_id": "d", "state": "live"},
    ]
    assert len(states(store, files)) == 3  # what the run before named is there still


def test_nothing_is_known_before_the_first_run(store):
    assert read_folded(store, {}).num_rows == 0


@pytest.mark.parametrize("damage", [FolderStore.delete, lambda s, key: s.write(key, b"other")])
def test_a_file_that_is_missing_or_another_one_is_refused_with_the_remedy(store, files, damage):
    damage(store, files["2026-02"]["key"])
    remedy = "2026-02.arrow is missing or .* remove normalized/current.json"
    with pytest.raises(LakeReadError, match=remedy):
        read_folded(store, {"landings": files})


def test_a_current_json_of_an_older_version_is_refused_with_the_remedy(store):
    old = {"landings": {"a": {"state": "live", "file_id": "f"}}}
    with pytest.raises(LakeReadError, match=r"older version .* Remove it"):
        read_folded(store, old, ["landing_id", "state"])


def test_a_file_bears_on_its_revisions_and_on_files_that_ever_had_bytes_as_theirs(store):
    """g had the first bytes of f and has those of h now, on which f does not bear."""
    revisions = {"f1": "A", "f2": "B", "g1": "A", "g2": "C", "h1": "C", "i1": "D", "j1": "E"}
    rows = [row(i, file_id=i[0], sha256=sha256) for i, sha256 in revisions.items()]
    files = write_folded(store, "run-1", EMPTY, {}, rows)
    held = read_folded(store, {"landings": files})
    found = [found["landing_id"] for found in related(held, ["f"], ["D"])]
    assert found == ["f1", "f2", "g1", "g2", "i1"]
