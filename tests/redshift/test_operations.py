"""The operations SQL is Redshift's; test_policies.py executes what it sets up."""

import re
from pathlib import Path

import pytest

from redshift_standin.lint import lint

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "redshift"


def statements(name):
    text = re.sub(r"--[^\n]*", "", (FOLDER / name).read_text(encoding="utf-8"))
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


@pytest.mark.parametrize("name", ["roles.sql", "policies.sql", "monitoring.sql"])
def test_every_statement_is_redshifts(name):
    assert len(statements(name)) > 5
    assert [(sql[:40], str(f)) for sql in statements(name) for f in lint(sql)] == []
