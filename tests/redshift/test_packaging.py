"""The stand-in is for tests: it is in no wheel, and nothing that is shipped imports it."""

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def shipped():
    """The files of the wheel: what git knows of the packages that pyproject.toml lists."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    listed = subprocess.run(
        ["git", "ls-files", "--", *packages], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.split("\n")[:-1]


def test_the_wheel_holds_the_pipeline_and_not_the_standin():
    folders = {path.partition("/")[0] for path in shipped()}
    pipeline = {"dbt_project", "demo", "emr_staging", "ingestion", "lake", "orchestration"}
    assert folders == pipeline


def test_nothing_that_is_shipped_imports_the_standin_or_the_tests():
    imports = re.compile(r"^\s*(?:from|import)\s+(redshift_standin|tests)\b", re.MULTILINE)
    sources = [path for path in shipped() if path.endswith(".py")]
    assert len(sources) > 100
    assert [p for p in sources if imports.search((ROOT / p).read_text(encoding="utf-8"))] == []
