"""What the code of some packages imports, so that a Dockerfile can be held to it."""

import ast
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]


def imported(packages: Iterable[str]) -> set[str]:
    """The top-level names that packages of the repository import, without the standard library."""
    names = set()
    for package in packages:
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    names |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names.add(node.module.split(".")[0])
    return {name for name in names if not name.startswith("mypy_boto3")} - sys.stdlib_module_names
