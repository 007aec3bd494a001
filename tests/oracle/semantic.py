"""MetricFlow over a built warehouse: `mf query` as an analyst runs it, in a copy of the project."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

from orchestration.workspace import DBT_PROJECT


class Metrics:
    """The semantic models of the project over one warehouse."""

    def __init__(self, warehouse: Path, folder: Path) -> None:
        self.project, self.warehouse = folder / "dbt_project", warehouse
        ignored = shutil.ignore_patterns("target", "logs")
        shutil.copytree(DBT_PROJECT, self.project, ignore=ignored)
        self._run("dbt", "parse", "--profiles-dir", ".")

    def query(self, *metrics: str, by: str = "") -> list[dict[str, str]]:
        """The rows of a query, as its CSV holds them."""
        answer = self.project / "answer.csv"
        grouped = ["--group-by", by] if by else []
        self._run("mf", "query", "--metrics", ",".join(metrics), *grouped, "--csv", str(answer))
        with answer.open(newline="") as file:
            return list(csv.DictReader(file))

    def _run(self, program: str, *arguments: str) -> None:
        environment = {"FRANCHISE_WAREHOUSE": str(self.warehouse), "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            [str(Path(sys.executable).parent / program), *arguments],
            cwd=self.project,
            env=os.environ | environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
