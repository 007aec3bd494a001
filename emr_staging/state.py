"""What normalize remembers: `current.json` and the run files, as plain dictionaries.

`current.json` says which run wrote each business date last, which landings are folded in and which
state each has. A run file says which files a run wrote per touched date, and which landings have
rows of it: to rebuild the date later, these are the files to read.
"""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from emr_staging.live import Landing
from lake import layout
from lake.store import Store

SCHEMA_VERSION = 1
Current = dict[str, Any]
PRICES = {"order_items": "item_price", "order_item_options": "option_price"}


class ConflictError(Exception):
    """Another normalize run finished in the meantime; this one changed nothing."""


def read_current(store: Store) -> tuple[Current | None, str | None]:
    """`current.json` and the version to swap it with; (None, None) before the first run."""
    found = store.read_version(layout.CURRENT)
    if found is None:
        return None, None
    current = json.loads(found[0])
    if current["schema_version"] != SCHEMA_VERSION:
        raise ValueError(
            f"{layout.CURRENT} has schema version {current['schema_version']}, this code knows "
            f"{SCHEMA_VERSION}: update it, or run `franchise normalize --full` in a new lake"
        )
    return current, found[1]


def swap_current(store: Store, current: Current, version: str | None) -> None:
    """Make `current` the truth, unless another run was faster. Raises ConflictError."""
    try:
        store.swap(layout.CURRENT, json.dumps(current).encode(), version)
    except FileExistsError as error:
        raise ConflictError(
            "another normalize run finished while this one worked; nothing of this one counts. "
            "Run again: it takes what is left."
        ) from error


class RunFiles:
    """The run files, each read once."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.runs: dict[str, dict[str, Any]] = {}

    def read(self, run_id: str) -> dict[str, Any]:
        """The run file of one run."""
        if run_id not in self.runs:
            self.runs[run_id] = json.loads(self.store.read(layout.normalized_run(run_id)))
        return self.runs[run_id]

    def files(self, current: Current, entity: str, date: str) -> list[dict[str, Any]]:
        """The files (key, rows, bytes) that hold a date now."""
        run = self.read(current["dates"][date]["run_id"])
        return run["touched"][date][entity]

    def landings(self, current: Current, entity: str, date: str) -> list[str]:
        """The landings that had rows of a date, winning or not, when it was last rebuilt."""
        run = self.read(current["dates"][date]["run_id"])
        return run["landings"][date][entity]


def current_files(store: Store, entity: str) -> dict[str, list[dict[str, Any]]]:
    """The files of every business date now: date -> [{key, rows, bytes}]."""
    current, _ = read_current(store)
    if current is None:
        return {}
    runs = RunFiles(store)
    if entity == "restaurants":
        run_id = current["restaurants"]
        return {"all": runs.read(run_id)["restaurants"]} if run_id else {}
    return {date: runs.files(current, entity, date) for date in current["dates"]}


def known_landings(current: Current | None) -> dict[str, Landing]:
    """The landings that are folded in, by id."""
    rows = current["landings"] if current else {}
    return {
        landing_id: Landing(**{k: v for k, v in facts.items() if k != "state"})
        for landing_id, facts in rows.items()
    }


def describe_landings(landings: dict[str, Landing], states: dict[str, str]) -> dict[str, Any]:
    """The `landings` of `current.json`: facts and state by landing id."""
    return {i: asdict(landing) | {"state": states[i]} for i, landing in sorted(landings.items())}


def sum_totals(dates: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows and money of all dates together, per entity."""
    totals: dict[str, dict[str, Any]] = {}
    for entity, price in PRICES.items():
        counted = [facts[entity] for facts in dates.values()]
        totals[entity] = {
            "rows": sum(c["rows"] for c in counted),
            "superseded": sum(c["superseded"] for c in counted),
        }
        for name in (price, f"superseded_{price}"):
            totals[entity][name] = str(sum((Decimal(c[name]) for c in counted), Decimal(0)))
    return totals
