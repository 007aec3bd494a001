"""Airflow in processes of its own, and the same files run by the command line."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from tests.orchestration.airflow.installation import CARD_KEY, ROOT, airflow_environment

RUN_ONCE = Path(__file__).with_name("run_once.py")


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


@dataclass(frozen=True)
class Outcome:
    """The state of the run (under the name `run`) and of each task, and everything it said."""

    states: dict[str, str]
    said: str


@pytest.fixture(scope="session")
def run_dag(deployed, python):
    """Run the DAG once by `dag.test()`, a dbt process per model; tasks that match are not run."""
    watched_by_nobody = deployed | {"FRANCHISE_DBT_MODE": "local"}
    done = python("-m", "airflow", "db", "migrate", **watched_by_nobody)
    assert done.returncode == 0, done.stderr

    def run(taken_for_done: str = "none", conf: str = "{}", **environment: str) -> Outcome:
        done = python(RUN_ONCE, taken_for_done, conf, **watched_by_nobody | environment)
        assert done.returncode == 0, done.stdout + done.stderr
        said, _, states = done.stdout.rpartition("\n")
        return Outcome(json.loads(states), said + done.stderr)

    return run


@pytest.fixture(scope="session")
def delivered(tmp_path_factory):
    """A folder with the files of a small simulated franchise."""
    folder = tmp_path_factory.mktemp("delivered")
    simulate(FranchiseSettings(restaurants=3, days=40)).deliver(folder)
    return folder


@pytest.fixture(scope="session")
def by_command_line(delivered, tmp_path_factory, python):
    """The workspace of a run of the command line over that folder."""
    workspace = tmp_path_factory.mktemp("commandline")
    arguments = ("run", "--source", delivered, "--workspace", workspace)
    done = python("-m", "orchestration", *arguments, PYTHONPATH=str(ROOT), **CARD_KEY)
    assert done.returncode in (0, 3), done.stdout + done.stderr  # 3: the demo holds bad files
    return workspace


@pytest.fixture(scope="session")
def in_workspace(deployed):
    """The environment of a run in another workspace, which gets the manifest."""

    def environment(folder: Path) -> dict[str, str]:
        manifest = Path("airflow", "manifest.json")
        (folder / manifest).parent.mkdir(exist_ok=True)
        shutil.copy(Path(deployed["FRANCHISE_WORKSPACE"]) / manifest, folder / manifest)
        return {"FRANCHISE_WORKSPACE": str(folder)}

    return environment
