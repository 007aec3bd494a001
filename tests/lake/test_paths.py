"""A lake's path must mean one place to every engine."""

import pytest

from lake.errors import LakePathError
from lake.store import open_store
from orchestration.workspace import WorkspaceError, open_workspace


@pytest.mark.parametrize("lake", ["s3://bucket/a*", "lake[1]", "a{b}/lake", "lake?"])
def test_a_path_that_an_engine_would_take_for_a_pattern_is_refused_before_anything_is_made(
    lake, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LakePathError, match=r"cannot be that of a lake: the characters \[ \] \* "):
        open_store(lake)
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_whose_lake_cannot_be_there_is_not_made(tmp_path, monkeypatch):
    monkeypatch.delenv("FRANCHISE_LAKE", raising=False)
    with pytest.raises(WorkspaceError, match="Name the workspace with --workspace"):
        open_workspace(tmp_path / "results [new]")
    assert list(tmp_path.iterdir()) == []
