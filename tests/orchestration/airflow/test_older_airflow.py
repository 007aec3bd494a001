"""The DAG on Airflow 3.0.6, the newest that the managed service offers, in its own environment."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.pipeline import STEPS
from tests.orchestration.airflow.installation import ROOT, airflow_environment

OLDER = "apache-airflow==3.0.6"
DESCRIBED = Path(__file__).with_name("described.py")


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """A Python with the older Airflow and this project's dependencies."""
    folder = tmp_path_factory.mktemp("older") / "venv"
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [python, "-m", "pip", "install", "--quiet", OLDER, f"{ROOT}[airflow,redshift]"]
    subprocess.run([str(part) for part in install], check=True)
    return python


@pytest.mark.long
@pytest.mark.parametrize("platform", ["local", "aws"])
def test_the_dag_has_the_same_steps_on_the_older_airflow(older, tmp_path, platform):
    settings = {"FRANCHISE_PLATFORM": platform, "FRANCHISE_LAKE": "s3://lake/franchise"}
    environment = airflow_environment(tmp_path / "home", tmp_path / "workspace", **settings)
    make = [older, "-m", "orchestration.airflow", "manifest"]
    subprocess.run(make, env=environment, check=True, capture_output=True)
    done = subprocess.run([older, DESCRIBED], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    bag = json.loads(done.stdout.splitlines()[-1])
    assert bag["errors"] == {}
    assert set(bag["dags"]) == {"daily_elt"}
    edges = {step.name: sorted(step.upstream) for step in STEPS}
    assert bag["dags"]["daily_elt"]["edges"] == edges
