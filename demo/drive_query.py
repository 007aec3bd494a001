"""The `q` of Drive's files.list: a conjunction of the few conditions that a client needs."""

import re
from dataclasses import dataclass
from typing import Any

STRING = r"'((?:[^'\\]|\\.)*)'"
CONDITIONS = {
    "parents": re.compile(STRING + r" in parents"),
    "name": re.compile(r"name ?= ?" + STRING),
    "mimeType": re.compile(r"mimeType ?= ?" + STRING),
    "trashed": re.compile(r"trashed ?= ?(true|false)"),
}


class QueryError(ValueError):
    """The query is none that Drive (or this server) understands."""


@dataclass(frozen=True)
class Condition:
    """`field` must be (or, for parents, contain) `value`."""

    field: str
    value: str


def parse_query(text: str) -> list[Condition]:
    """The conditions of `q`, which are joined by `and`; none for an empty text.

    Raises QueryError for anything else, such as the reversed `parents in 'id'`.
    """
    conditions = []
    rest = text.strip()
    while rest:
        condition, rest = _take(rest, text)
        conditions.append(condition)
        joined = re.match(r"\s+and\s+", rest)
        if rest and not joined:
            raise QueryError(f"Invalid value: {text!r}")
        rest = rest[joined.end() :] if joined else ""
    return conditions


def _take(rest: str, text: str) -> tuple[Condition, str]:
    for field, pattern in CONDITIONS.items():
        if found := pattern.match(rest):
            value = re.sub(r"\\(.)", r"\1", found[1])
            return Condition(field, value), rest[found.end() :]
    raise QueryError(f"Invalid value: {text!r}")


def matches(conditions: list[Condition], item: dict[str, Any]) -> bool:
    """Whether a file's metadata meets every condition."""
    for condition in conditions:
        found = item[condition.field]
        if condition.field == "parents":
            if condition.value not in found:
                return False
        elif str(found).lower() != condition.value.lower():
            return False
    return True
