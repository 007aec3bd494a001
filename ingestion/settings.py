"""Settings of cleaning: what an installation declares about its operators' files.

`operators.yml` in the lake is the one place where it does, read by the command line, Airflow and
Lambda alike. It maps patterns of paths to settings; where several match, a later one wins:

    "*": {hold_share: 0.1}
    "paris-*/*": {decimal_comma: true, fallback_encoding: cp1252}
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

import yaml

from ingestion.cards import CardKey
from ingestion.parsing.unpack import Bounds
from ingestion.time_formats import date_fault, time_fault
from lake import layout
from lake.store import Store


class DeclarationError(Exception):
    """`operators.yml` declares something that cannot be; the message says what and where."""


@dataclass(frozen=True)
class CleanSettings:
    """How files are cleaned.

    `fallback_encoding` is what a text without any UTF-8 is read as (None: its lines are rejected);
    `decimal_comma` lets a comma be the decimal mark in files that are not separated by semicolons.
    A file is held whole when more than `hold_share` of its rows and more than `hold_rows` rows are
    rejected, or all of them: fewer bad rows hurt only themselves. `time_format` and `date_format`
    are the only forms that times and dates may have (None: ISO-8601). `declared` gives other values
    of these six for the files whose paths match a pattern.
    """

    card_key: CardKey
    fallback_encoding: str | None = "cp1252"
    decimal_comma: bool = False
    hold_share: float = 0.05
    hold_rows: int = 10
    time_format: str | None = None
    date_format: str | None = None
    bounds: Bounds = field(default_factory=Bounds)
    declared: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, path: str) -> "CleanSettings":
        """The settings for the file that was delivered as `path`."""
        found: dict[str, Any] = {}
        for pattern, values in self.declared.items():
            if fnmatchcase(path, pattern):
                found |= values
        return replace(self, **found) if found else self


def read_settings(store: Store, card_key: CardKey) -> CleanSettings:
    """The settings of a lake, by its `operators.yml` if it has one. Raises DeclarationError."""
    found = store.read_version(layout.OPERATORS)
    if not found:
        return CleanSettings(card_key)
    where = store.url(layout.OPERATORS)
    try:
        declared = yaml.safe_load(found[0]) or {}
    except yaml.YAMLError as error:
        raise DeclarationError(f"{where} is no YAML: {error}") from error
    if not isinstance(declared, dict) or not all(isinstance(v, dict) for v in declared.values()):
        raise DeclarationError(f'{where}: write lines such as "paris/*": {{decimal_comma: true}}')
    for pattern, values in declared.items():
        for name, value in values.items():
            _check(f"{where}: {pattern}: {name}", name, value)
    return CleanSettings(card_key, declared={str(k): v for k, v in declared.items()})


def _check(where: str, name: str, value: Any) -> None:
    if name not in _CHECKS:
        raise DeclarationError(f"{where}: no such setting. There are {', '.join(_CHECKS)}")
    if fault := _CHECKS[name](value):
        raise DeclarationError(f"{where}: {value!r} {fault}")


def _is_encoding(value: Any) -> bool:
    try:
        return value is None or bool("a".encode(value))
    except (LookupError, TypeError, ValueError):
        return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _must_be(words: str, holds: Callable[[Any], bool]) -> Callable[[Any], str | None]:
    return lambda value: None if holds(value) else f"must be {words}"


# What is wrong with a value, to follow it; None if nothing is.
_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "fallback_encoding": _must_be(
        "the name of a text encoding such as cp1252, or null", _is_encoding
    ),
    "decimal_comma": _must_be("true or false", lambda v: isinstance(v, bool)),
    "hold_share": _must_be("a share from 0 to 1", lambda v: _is_number(v) and 0 <= v <= 1),
    "hold_rows": _must_be(
        "a whole number from 0 on", lambda v: _is_number(v) and v >= 0 and v == int(v)
    ),
    "time_format": time_fault,
    "date_format": date_fault,
}
