"""The settings of the business: names and defaults from dbt_project.yml, values from `--var`.

dbt_project.yml is the one registry of thresholds; the steps before dbt that need one (the time zone
and the hour at which a business day starts) read it here.
"""

import difflib
import re
from dataclasses import fields
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from emr_staging.settings import NormalizeSettings
from orchestration.workspace import DBT_PROJECT

CHOICES = {
    "item_price_basis": ("line", "unit"),
    "withdrawn": ("keep", "retract"),
    "fiscal_calendar": ("4-4-5", "4-5-4", "5-4-4", "13"),
}
RANGES = {
    "business_day_start_hour": (0, 23),
    "week_start": (1, 7),
    "clv_high_rank": (0, 1),
    "clv_low_rank": (0, 1),
    "fiscal_year_start_month": (1, 12),
}


class SettingsError(ValueError):
    """A setting has an unknown name or a value that it cannot have."""


def read_defaults() -> dict[str, Any]:
    """Every setting by name with its default, from dbt_project.yml."""
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project["vars"])


def parse_settings(assignments: list[str], as_of: str | None = None) -> dict[str, Any]:
    """The settings that differ from the defaults, from `name=value` texts and `--as-of`.

    Values are written plainly (`45`, `true`, `America/Chicago`), lists with commas (`1,2,4,8`).
    Raises SettingsError with the remedy.
    """
    defaults = read_defaults()
    given = [a.partition("=") for a in assignments]
    if as_of is not None:
        given.append(("as_of_date", "=", as_of))
    settings: dict[str, Any] = {}
    for name, equals, text in given:
        name = name.strip()
        if not equals:
            raise SettingsError(f"--var {name}: write it as name=value, e.g. --var at_risk_days=60")
        if name not in defaults:
            raise SettingsError(f"--var {name}: no such setting. {_suggestion(name, defaults)}")
        settings[name] = _checked(name, _parsed(name, text, defaults[name]), defaults[name])
    _check_tiers(defaults | settings)
    return settings


def parse_date(name: str, text: str) -> date:
    """The date that an option gives as YYYY-MM-DD. Raises SettingsError."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{name} {text!r} is not a date. Write it as YYYY-MM-DD") from None


def effective(settings: dict[str, Any]) -> dict[str, Any]:
    """Every setting with the value it has in this run."""
    return read_defaults() | settings


def normalize_settings(settings: dict[str, Any]) -> NormalizeSettings:
    """Those of the run's settings that normalize needs, with the values they have in this run."""
    values = effective(settings)
    return NormalizeSettings(**{f.name: values[f.name] for f in fields(NormalizeSettings)})


def _suggestion(name: str, defaults: dict[str, Any]) -> str:
    close = difflib.get_close_matches(name, defaults, n=3)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"The settings are: {', '.join(sorted(defaults))}"


def _parsed(name: str, text: str, default: Any) -> Any:
    if isinstance(default, str):
        return text.strip()
    if isinstance(default, list):
        parts = [part.strip() for part in text.strip("[] ").split(",") if part.strip()]
        return [_number(name, part) for part in parts] if name.endswith("_breaks") else parts
    return _number(name, text)


def _number(name: str, text: str) -> Any:
    """A number, true or false; anything else is refused later, by its type."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise SettingsError(f"--var {name}={text}: write a plain value, e.g. 45") from None


def _checked(name: str, value: Any, default: Any) -> Any:
    if name.endswith("timezone"):
        _check_timezone(name, value)
    elif name == "as_of_date":
        _check_date(name, value)
    elif name in CHOICES:
        _check_choice(name, value)
    elif name.endswith("_breaks"):
        _check_breaks(name, value)
    elif isinstance(default, bool):
        _check_flag(name, value)
    elif isinstance(default, int | float):
        _check_number(name, value, default)
    return value


def _check_tiers(values: dict[str, Any]) -> None:
    low, high = values["clv_low_rank"], values["clv_high_rank"]
    if low >= high:
        raise SettingsError(f"clv_low_rank {low} must be below clv_high_rank {high}")


def _check_choice(name: str, value: Any) -> None:
    if value not in CHOICES[name]:
        raise SettingsError(f"--var {name}={value}: choose one of {', '.join(CHOICES[name])}")


def _check_flag(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise SettingsError(f"--var {name}={value}: write true or false")


def _check_timezone(name: str, value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(
            f"--var {name}={value}: no such time zone. Use an IANA name such as America/New_York"
        ) from None


def _check_date(name: str, value: str) -> None:
    if value:
        parse_date(name, value)


def _check_number(name: str, value: Any, default: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsError(f"--var {name}={value}: write a number")
    if isinstance(default, int) and not isinstance(value, int):
        raise SettingsError(f"--var {name}={value}: write a whole number")
    low, high = RANGES.get(name, (0, None))
    if value < low or (high is not None and value > high):
        allowed = f"from {low} to {high}" if high is not None else f"{low} or more"
        raise SettingsError(f"--var {name}={value}: must be {allowed}")


def _check_breaks(name: str, value: list[Any]) -> None:
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in value)
    if value and not (len(value) == 4 and numeric and value == sorted(set(value))):
        raise SettingsError(f"--var {name}={value}: write four rising numbers, e.g. 1,2,4,8")
