"""The settings of the business: names and defaults from dbt_project.yml, values from `--var`.

dbt_project.yml is the one registry of thresholds, and of what each may be (`allowed`): values are
checked wherever they come from, here and by dbt (macros/wrong_settings.sql). The steps before dbt
that need one (the time zone and the hour at which a business day starts) read it here.
"""

import difflib
import re
from dataclasses import fields
from datetime import date
from typing import Any

import yaml

from emr_staging.settings import NormalizeSettings
from lake.zones import TIME_ZONES
from orchestration.workspace import DBT_PROJECT


class SettingsError(ValueError):
    """A setting has an unknown name or a value that it cannot have."""


Rule = list[Any] | dict[str, Any]  # one of these, or a number from (to), or several of them


def read_defaults() -> dict[str, Any]:
    """Every setting by name with its default, from dbt_project.yml."""
    return {name: value for name, value in _read_vars().items() if name != "allowed"}


def parse_settings(assignments: list[str], as_of: str | None = None) -> dict[str, Any]:
    """The settings that differ from the defaults, from `name=value` texts and `--as-of`.

    Values are written plainly (`45`, `true`, `America/Chicago`), lists with commas (`1,2,4,8`).
    Raises SettingsError with the remedy, also for a value of dbt_project.yml that cannot be.
    """
    defaults, rules = read_defaults(), _read_vars()["allowed"]
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
        settings[name] = _parsed(name, text, rules.get(name), defaults[name])
    for name, value in (defaults | settings).items():
        _check("--var" if name in settings else "dbt_project.yml:", name, value, rules.get(name))
    _check_pairs(defaults | settings)
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


def _read_vars() -> dict[str, Any]:
    project = yaml.safe_load((DBT_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return dict(project["vars"])


def _parsed(name: str, text: str, rule: Rule | None, default: Any) -> Any:
    if isinstance(default, list):
        parts = [part.strip() for part in text.strip("[] ").split(",") if part.strip()]
        return parts if name == "excluded_apps" else [_number(name, part) for part in parts]
    if isinstance(rule, dict) or (rule and True in rule):
        return _number(name, text)
    return text.strip()


def _number(name: str, text: str) -> Any:
    """A number, true or false; anything else is refused later, by its type."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        raise SettingsError(f"--var {name}={text}: write a plain value, e.g. 45") from None


def _check(source: str, name: str, value: Any, rule: Rule | None) -> None:
    """Raise SettingsError, naming where the value comes from, unless it is what it must be."""
    remedy = _remedy(name, value, rule)
    if remedy:
        raise SettingsError(f"{source} {name}={value}: {remedy}")


def _remedy(name: str, value: Any, rule: Rule | None) -> str | None:
    if isinstance(rule, list):
        return None if str(value) in map(str, rule) else f"choose one of {_named(rule)}"
    if isinstance(rule, dict):
        return _several_remedy(value, rule) if "several" in rule else _number_remedy(value, rule)
    if name == "excluded_apps":
        return None if isinstance(value, list) else "write a list, e.g. [Kiosk]"
    if name.endswith("_breaks"):
        return _breaks_remedy(value)
    if name.endswith("timezone"):
        return _timezone_remedy(value)
    if name == "as_of_date" and value:
        parse_date(name, str(value))
    return None


def _named(choices: list[Any]) -> str:
    return ", ".join(str(c).lower() if isinstance(c, bool) else str(c) for c in choices)


def _several_remedy(values: Any, rule: dict[str, Any]) -> str | None:
    if not isinstance(values, list) or not values or len(values) > len(set(map(str, values))):
        return "write one or more different numbers, e.g. 90,180"
    return next(filter(None, (_number_remedy(value, rule) for value in values)), None)


def _number_remedy(value: Any, rule: dict[str, Any]) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "write a number"
    low, high = rule["from"], rule.get("to")
    if isinstance(low, int) and not isinstance(value, int):
        return "write a whole number"
    if low <= value and (high is None or value <= high):
        return None
    return f"must be from {low} to {high}" if high is not None else f"must be {low} or more"


def _breaks_remedy(value: Any) -> str | None:
    numeric = isinstance(value, list) and all(
        isinstance(v, int | float) and not isinstance(v, bool) for v in value
    )
    if numeric and (not value or (len(value) == 4 and value == sorted(set(value)))):
        return None
    return "write four rising numbers, e.g. 1,2,4,8"


def _timezone_remedy(value: Any) -> str | None:
    if str(value) in TIME_ZONES:
        return None
    return "no such time zone. Use an IANA name such as America/New_York"


def _check_pairs(values: dict[str, Any]) -> None:
    low, high = values["clv_low_rank"], values["clv_high_rank"]
    if low >= high:
        raise SettingsError(f"clv_low_rank {low} must be below clv_high_rank {high}")
    horizon, past = max(values["backtest_horizons"]), max(values["backtest_days_ago"])
    if horizon > past:
        raise SettingsError(
            f"backtest_horizons: {horizon} days can be observed for no day of backtest_days_ago, "
            f"which go back {past} days at most"
        )
