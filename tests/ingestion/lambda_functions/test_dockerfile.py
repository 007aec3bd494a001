"""The Dockerfile holds what the functions import; no image is built here."""

import ast
import json
import re
from importlib.metadata import packages_distributions

from tests.imports import ROOT, imported

TEXT = (ROOT / "ingestion" / "Dockerfile").read_text()
OURS = {"ingestion", "lake"}


def distributions():
    """The distributions that ingestion/ and lake/ import."""
    known = packages_distributions()
    names = imported(OURS) - OURS - {"google"}
    return {known[name][0].lower() for name in names} | {"google-auth"}


def test_every_import_is_installed():
    block = TEXT.partition("requirements.lock \\\n")[2].partition("\n\n")[0]
    installed = set(re.findall(r"[a-z0-9-]+", block))
    assert distributions() - {"botocore"} <= installed
    assert installed - distributions() == {"awslambdaric", "tzdata"}


def test_every_package_is_locked():
    locked = {line.partition("==")[0] for line in (ROOT / "requirements.lock").open()}
    block = TEXT.partition("requirements.lock \\\n")[2].partition("\n\n")[0]
    assert set(re.findall(r"[a-z0-9-]+", block)) <= locked


def test_the_functions_run_as_no_root_and_exist():
    assert re.search(r"^USER franchise$", TEXT, re.M)
    entry, command = re.findall(r"^(?:ENTRYPOINT|CMD) (.*)$", TEXT, re.M)
    assert json.loads(entry) == ["python", "-m", "awslambdaric"]
    module, _, name = json.loads(command)[0].rpartition(".")
    defined = ast.parse((ROOT / module.replace(".", "/")).with_suffix(".py").read_text()).body
    assert {"land", "clean"} <= {n.name for n in defined if isinstance(n, ast.FunctionDef)}
    assert name in {"land", "clean"}
