"""Which steps go on when one fails, and what is said of it."""

import io
import json

import pytest
from rich.console import Console

from orchestration.pipeline import STEPS, Run, Step
from orchestration.run import RunFailedError, execute
from orchestration.workspace import Workspace


@pytest.fixture
def ends(tmp_path):
    """Execute clean, report and normalize of which some fail: what is said, and the run report."""

    def call(*failing):
        def work(name):
            def function(run, progress):
                if name in failing:
                    raise ValueError(f"{name} is broken")
                return {}

            return function

        upstream = {
            "clean": (),
            "report": ("clean",),
            "normalize": ("clean",),
            "load": ("normalize",),
        }
        steps = tuple(Step(name, name, work(name), before) for name, before in upstream.items())
        console = Console(file=io.StringIO())
        with pytest.raises(RunFailedError) as failed:
            execute(Run(Workspace(tmp_path), run_id="r"), list(upstream), console, steps)
        return str(failed.value), json.loads((tmp_path / "reports" / "r.json").read_text())

    return call


def test_a_step_that_no_other_waits_for_stops_none_and_fails_the_run(ends):
    said, report = ends("report")
    assert said.startswith("step report failed: report is broken")
    assert (list(report["steps"]), report["status"]) == (["clean", "normalize", "load"], "failed")


def test_a_step_that_others_wait_for_ends_the_run_after_what_was_before_it(ends):
    said, report = ends("normalize")
    assert said.startswith("step normalize failed: normalize is broken")
    assert list(report["steps"]) == ["clean", "report"]


def test_every_failure_is_told(ends):
    said, _ = ends("report", "load")
    assert "step report failed: report is broken" in said
    assert "step load failed: load is broken" in said


def test_operators_are_told_before_anything_that_depends_on_other_files():
    names = [step.name for step in STEPS]
    assert names[:4] == ["land", "clean", "report", "normalize"]
    assert STEPS[2].upstream == ("clean",)
