"""One pipeline run per data set serves every test of the oracle."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from orchestration.settings import effective, parse_settings
from tests import data_sets
from tests.oracle.facts import Facts
from tests.oracle.rows import read_normalized
from tests.parsed import parsed_environment

QUARANTINED = 3  # the demo holds files that nobody can read


@dataclass(frozen=True)
class Recomputed:
    """A warehouse that the pipeline built, and what the oracle read from the same lake."""

    name: str
    workspace: Path
    facts: Facts

    @property
    def warehouse(self) -> Path:
        return self.workspace / "warehouse.duckdb"


def _deliver_demo(folder: Path) -> None:
    """Eight restaurants for fifteen months: dirt, late files, refunds, discounts, members."""
    settings = FranchiseSettings(restaurants=8, days=460, orders_per_day=2.5, seed=3)
    simulate(settings).deliver(folder)


DATA_SETS: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "demo": (_deliver_demo, []),
    "cdnow": (partial(data_sets.deliver, "cdnow"), []),
    "dannys_diner": (partial(data_sets.deliver, "dannys_diner"), ["item_price_basis=unit"]),
}


def _available(name: str) -> Any:
    marks = () if name == "demo" else (data_sets.needs(name),)
    if name == "cdnow":  # its published figures are tested on every run, by test_real_data
        marks += (pytest.mark.long,)
    return pytest.param(name, marks=marks)


@pytest.fixture(scope="session", params=[_available(name) for name in DATA_SETS])
def recomputed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Each data set in turn, run through the whole pipeline once."""
    return _run(request.param, tmp_path_factory.mktemp(request.param))


def _run(name: str, root: Path) -> Recomputed:
    deliver, variables = DATA_SETS[name]
    deliver(root / "drive")
    command = [sys.executable, "-m", "orchestration", "run", "--source", str(root / "drive")]
    options = [part for variable in variables for part in ("--var", variable)]
    done = subprocess.run(
        [*command, "--workspace", str(root / "ws"), *options],
        capture_output=True,
        text=True,
        cwd=data_sets.REPOSITORY,
        env=os.environ | parsed_environment(),
    )
    assert done.returncode in (0, QUARANTINED), done.stdout + done.stderr
    lake = root / "ws" / "lake"
    lines, options = (read_normalized(lake, e) for e in ("order_items", "order_item_options"))
    settings = effective(parse_settings(variables))
    return Recomputed(name, root / "ws", Facts(lines, options, settings))
