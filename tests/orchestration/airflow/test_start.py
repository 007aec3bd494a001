import os

import pytest

from ingestion.land import open_source
from orchestration.airflow.start import StartError, delivered
from orchestration.workspace import open_workspace


def test_without_a_source_the_simulated_franchise_stands_in_a_drive(tmp_path, monkeypatch):
    monkeypatch.setenv("FRANCHISE_SOURCE", "unset after the test")
    with delivered(open_workspace(tmp_path / "ws"), None):
        source = open_source(os.environ["FRANCHISE_SOURCE"])
        assert source.kind == "drive"
        assert len(list(source.list_files())) > 2000


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with (
        pytest.raises(StartError, match="nowhere does not exist; name a folder or drive:FOLDER_ID"),
        delivered(open_workspace(tmp_path / "ws"), str(tmp_path / "nowhere")),
    ):
        pass
