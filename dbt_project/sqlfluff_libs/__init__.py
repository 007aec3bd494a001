"""What sqlfluff's jinja templater knows of dbt: the project's variables and dbt's own macros."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

_PROJECT = Path(__file__).parents[1] / "dbt_project.yml"
_VARS: dict[str, Any] = yaml.safe_load(_PROJECT.read_text(encoding="utf-8"))["vars"]


def var(name: str, default: Any = None) -> Any:
    """The variable's value in dbt_project.yml."""
    return _VARS.get(name, default)


def _dateadd(datepart: str, interval: int, start: str) -> str:
    return f"dateadd({datepart}, {interval}, {start})"


def local_md5(text: str) -> str:
    """Some hash: models compare it and do not read it."""
    return "0" * 32


def _dispatch(name: str) -> Callable[..., str]:
    return lambda *arguments: f"{name}({', '.join(arguments)})"


execute = False
adapter = SimpleNamespace(dispatch=_dispatch)
dbt = SimpleNamespace(dateadd=_dateadd)
modules = SimpleNamespace(pytz=SimpleNamespace(all_timezones_set={_VARS["default_timezone"]}))
