"""The `q` of Drive's files.list: conditions on parents, name, mimeType and trashed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

STRING = r"'((?:[^'\\]|\\.)*)'"
CONDITIONS = {
    "parents": re.compile(STRING + r"()\s+in\s+parents\b"),
    "name": re.compile(r"name\s*()=\s*" + STRING),
    "mimeType": re.compile(r"mimeType\s*(!?)=\s*" + STRING),
    "trashed": re.compile(r"trashed\s*()=\s*(true|false)\b"),
}

Query = Callable[[dict[str, Any]], bool]


class QueryError(ValueError):
    """The query is none that Drive (or this server) understands."""


@dataclass
class _Reader:
    text: str
    rest: str
    parents: list[str]

    def take(self, pattern: str) -> bool:
        found = re.match(pattern, self.rest)
        if found:
            self.rest = self.rest[found.end() :]
        return bool(found)

    def fail(self) -> QueryError:
        return QueryError(f"Invalid value: {self.text!r}")


def parse_query(text: str) -> tuple[Query, list[str]]:
    """The test that `q` makes of a file's metadata, and the folders that it names as parents.

    Raises QueryError for what Drive refuses, such as the reversed `parents in 'id'`.
    """
    reader = _Reader(text, text.strip(), [])
    if not reader.rest:
        return lambda item: True, []
    query = _either(reader)
    if reader.rest:
        raise reader.fail()
    return query, reader.parents


def _either(reader: _Reader) -> Query:
    queries = [_both(reader)]
    while reader.take(r"\s+or\s+"):
        queries.append(_both(reader))
    return lambda item: any(query(item) for query in queries)


def _both(reader: _Reader) -> Query:
    queries = [_one(reader)]
    while reader.take(r"\s+and\s+"):
        queries.append(_one(reader))
    return lambda item: all(query(item) for query in queries)


def _one(reader: _Reader) -> Query:
    if reader.take(r"\(\s*"):
        query = _either(reader)
        if not reader.take(r"\s*\)"):
            raise reader.fail()
        return query
    for name, pattern in CONDITIONS.items():
        if found := pattern.match(reader.rest):
            reader.rest = reader.rest[found.end() :]
            return _condition(reader, name, found)
    raise reader.fail()


def _condition(reader: _Reader, name: str, found: re.Match[str]) -> Query:
    if name == "parents":
        parent = _unescape(found[1])
        reader.parents.append(parent)
        return lambda item: parent in item["parents"]
    if name == "trashed":
        return lambda item: item["trashed"] == (found[2] == "true")
    value, unequal = _unescape(found[2]), bool(found[1])
    return lambda item: (item[name] == value) != unequal


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
