"""An Airflow of its own for the tests: a home in a temporary folder, SQLite, the DAG's manifest."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DAGS = ROOT / "orchestration" / "dags"


def airflow_environment(home: Path, workspace: Path, **settings: str) -> dict[str, str]:
    """The environment of every part of an Airflow whose DAG works in `workspace`."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
        "FRANCHISE_WORKSPACE": str(workspace),
        **settings,
    }


@pytest.fixture(scope="session")
def python():
    """Run Python in a process of its own with some environment; what it printed."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess:
        command = [sys.executable, *map(str, arguments)]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "FRANCHISE"))}
        return subprocess.run(command, capture_output=True, text=True, env=clean | environment)

    return run


@pytest.fixture(scope="session")
def deployed(tmp_path_factory, python):
    """Environment of an Airflow whose workspace has a manifest; it has no database yet."""
    root = tmp_path_factory.mktemp("airflow")
    environment = airflow_environment(root / "home", root / "workspace")
    done = python("-m", "orchestration.airflow", "manifest", **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return environment
