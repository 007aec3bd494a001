"""The script for a real workgroup as far as it can be tried without one: NOT RUN YET on any."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("real_workgroup.sh")
VARIABLES = {
    "REDSHIFT_HOST": "nowhere.invalid",
    "REDSHIFT_DATABASE": "dev",
    "REDSHIFT_USER": "admin",
    "REDSHIFT_PASSWORD": "secret",
    "REDSHIFT_TEST_LAKE": "s3://bucket/prefix",
}


def run_script(variables, *arguments):
    others = {name: value for name, value in os.environ.items() if not name.startswith("REDSHIFT_")}
    return subprocess.run(
        [SCRIPT, *arguments],
        capture_output=True,
        text=True,
        env=others | {"PYTHON": sys.executable} | variables,
    )


@pytest.mark.parametrize("missing", VARIABLES)
def test_a_variable_that_is_missing_is_named_before_anything_is_run(missing):
    done = run_script({name: value for name, value in VARIABLES.items() if name != missing})
    assert done.returncode != 0
    assert missing in done.stderr
    assert done.stdout == ""


def test_it_collects_the_tests_of_the_load_the_answers_the_policies_and_the_parity():
    done = run_script(VARIABLES, "--collect-only", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    for name in (
        "test_load.py::test_",
        "test_parity.py::test_cdnow_has_the_same_marts_on_both_engines",
        "test_policies.py::test_who_may_read_what[full refresh]",
        "test_standin.py::test_an_expression_has_redshifts_value[",
    ):
        assert name in done.stdout
    assert "test_bad_input.py" not in done.stdout  # it asks the stand-in for faults
