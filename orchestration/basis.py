"""What the marts were last built from: the same basis needs no build, new definitions a full one.

The basis is kept in the warehouse beside the rows that it speaks of. It is forgotten before a build
and remembered after it, so that a build that was killed is followed by a full one.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from orchestration.settings import SettingsError
from orchestration.warehouse import Warehouse
from orchestration.workspace import DBT_PROJECT

FOLDERS = ("macros", "models", "seeds", "snapshots", "tests")
TABLE = "create table if not exists pos._basis (definitions varchar(64), contents varchar(64))"
CONTENTS = (
    "select entity, business_date, run_id from pos._partitions order by 1, 2, 3",
    "select landing_id, state from pos.deliveries order by 1, 2",
)


class AsOfError(SettingsError):
    """The as-of date lies before everything that was loaded; no mart would hold a row."""


@dataclass(frozen=True)
class Basis:
    """Fingerprints of the `definitions` (project, settings, dbt) and `contents` (rows, as-of)."""

    definitions: str
    contents: str


@dataclass(frozen=True)
class Work:
    """What a build has to do: nothing unless `is_needed`; all of it when `is_full`."""

    basis: Basis
    is_needed: bool
    is_full: bool


def begin(warehouse: Warehouse, settings: dict[str, Any], full: bool) -> Work:
    """Compare the marts with the rows and definitions of now; they are in doubt until `remember`.

    Raises AsOfError.
    """
    check_as_of(warehouse, settings.get("as_of_date", ""))
    before, now = recall(warehouse), find_basis(warehouse, settings)
    needed = full or before != now
    if needed:
        forget(warehouse)
    return Work(now, needed, full or before is None or before.definitions != now.definitions)


def find_basis(warehouse: Warehouse, settings: dict[str, Any]) -> Basis:
    """The basis that a build would have now. The as-of date moves daily: it is no definition."""
    meanings = {name: value for name, value in settings.items() if name != "as_of_date"}
    rows = [[list(row) for row in warehouse.execute(query).fetchall()] for query in CONTENTS]
    return Basis(
        definitions=_fingerprint(*_project_files(), version("dbt-core"), json.dumps(meanings)),
        contents=_fingerprint(json.dumps([rows, settings.get("as_of_date")], default=str)),
    )


def recall(warehouse: Warehouse) -> Basis | None:
    """The basis of the marts that are there; None before the first build and after a killed one."""
    warehouse.execute(TABLE)
    row = warehouse.execute("select definitions, contents from pos._basis").fetchone()
    return Basis(*row) if row else None


def forget(warehouse: Warehouse) -> None:
    """Say that the marts are in doubt."""
    warehouse.execute("delete from pos._basis")


def remember(warehouse: Warehouse, basis: Basis) -> None:
    """Say that the marts were built from this basis."""
    forget(warehouse)
    warehouse.execute("insert into pos._basis values (?, ?)", [basis.definitions, basis.contents])


def check_as_of(warehouse: Warehouse, as_of: str) -> None:
    """Raise AsOfError when `as_of` (YYYY-MM-DD, or empty) lies before the first business date."""
    query = "select min(business_date), max(business_date) from pos.order_items"
    first, last = warehouse.execute(query).fetchone()
    if as_of and first and as_of < first.isoformat():
        raise AsOfError(
            f"as_of_date {as_of} is before the first order: nothing would be counted. "
            f"Choose a date from {first} to {last}, or leave it out for the last one loaded."
        )


def _project_files() -> Iterator[str]:
    settings = (DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml")
    inside = (p for folder in FOLDERS for p in sorted((DBT_PROJECT / folder).rglob("*")))
    for path in (*settings, *inside):
        if path.is_file():
            yield f"{path.relative_to(DBT_PROJECT)}\n{path.read_text(encoding='utf-8')}"


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
