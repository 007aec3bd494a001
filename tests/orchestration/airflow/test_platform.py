"""What is said when the environment of Airflow lacks something."""

import pytest

from orchestration.airflow import platform
from orchestration.airflow.manifest import find_manifest
from orchestration.airflow.platform import InstallationError
from orchestration.workspace import Workspace


def test_a_missing_variable_is_named_with_what_to_set(monkeypatch):
    monkeypatch.delenv("FRANCHISE_WORKSPACE", raising=False)
    with pytest.raises(InstallationError, match=r"FRANCHISE_WORKSPACE is not set\. Set it to"):
        platform.workspace()


def test_a_relative_workspace_is_refused(monkeypatch):
    monkeypatch.setenv("FRANCHISE_WORKSPACE", "workspace")
    with pytest.raises(InstallationError, match="set it to an absolute path"):
        platform.workspace()


def test_an_unknown_platform_is_refused(monkeypatch):
    monkeypatch.setenv("FRANCHISE_PLATFORM", "gcp")
    with pytest.raises(InstallationError, match="FRANCHISE_PLATFORM=gcp: set it to local or aws"):
        platform.chosen()


def test_a_missing_manifest_is_named_with_how_to_make_it(tmp_path):
    with pytest.raises(InstallationError, match=r"Make it: python -m orchestration.airflow man"):
        find_manifest(Workspace(tmp_path))
