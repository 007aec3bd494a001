"""What normalized holds now (`current.json`) and what each run wrote (`runs/<run_id>.json`)."""

import json
from collections.abc import Iterable
from decimal import Decimal
from functools import cached_property
from typing import Any

import pyarrow as pa

from emr_staging.errors import LostRaceError, NormalizeError
from lake import layout
from lake.folded import read_folded
from lake.store import Store

SCHEMA_VERSION = 2  # 1 held the landings themselves
ENTITIES = {"order_items": "item_price", "order_item_options": "option_price"}

Json = dict[str, Any]


class State:
    """`current.json` as it was read, with the version that the swap will ask for."""

    def __init__(self, store: Store) -> None:
        found = store.read_version(layout.CURRENT)
        self.store = store
        self.version = found[1] if found else None
        self.current: Json = json.loads(found[0]) if found else {}
        self._runs: dict[str, Json] = {}
        if found and self.current["schema_version"] != SCHEMA_VERSION:
            raise NormalizeError(
                f"{layout.CURRENT} has schema version {self.current['schema_version']}; this "
                f"program knows {SCHEMA_VERSION}. Nothing was written. Normalize with the version "
                f"of the program that wrote it, or remove {layout.CURRENT} to rebuild everything."
            )

    @property
    def dates(self) -> dict[str, Json]:
        """Business date (or `pending`) -> run id and counts."""
        return self.current.get("dates", {})

    @cached_property
    def landings(self) -> pa.Table:
        """Every landing that was folded in, as `lake.folded` has it. Raises LakeReadError."""
        return read_folded(self.store, self.current)

    @property
    def zones(self) -> dict[str, str]:
        """Restaurant id -> the time zone that its orders were placed in."""
        return self.current.get("zones", {})

    def run(self, run_id: str) -> Json:
        """The run file of a run that `current.json` names."""
        if run_id not in self._runs:
            self._runs[run_id] = json.loads(self.store.read(layout.normalized_run(run_id)))
        return self._runs[run_id]

    def files(self, entity: str, dates: Iterable[str]) -> list[Json]:
        """The files (key, rows, bytes) that hold an entity's rows of these dates now."""
        held = (d for d in dates if d in self.dates)
        return [f for d in held for f in self.run(self.dates[d]["run_id"])["touched"][d][entity]]

    def restaurant_files(self) -> list[Json]:
        """The files of the restaurants now."""
        run_id = self.current.get("restaurants")
        return self.run(run_id)["restaurants"] if run_id else []

    def contributions(self, entity: str, dates: Iterable[str]) -> set[str]:
        """Landings that have rows, winning or not, of the orders that live in these dates."""
        held = (d for d in dates if d in self.dates)
        runs = ((self.run(self.dates[d]["run_id"]), d) for d in held)
        return {i for run, d in runs for i in run["landings"].get(d, {}).get(entity, [])}

    def superseded_files(self, entity: str, date: str) -> list[Json]:
        """The files with an entity's replaced rows, of this date among others."""
        held = self.dates.get(date)
        return self.run(held["run_id"])["superseded"][entity] if held else []

    def commit(self, run: Json, current: Json) -> None:
        """Write the run file, then make `current` the truth.

        Raises LostRaceError when another run finished since this state was read.
        """
        self.store.create(layout.normalized_run(run["run_id"]), _to_bytes(run))
        try:
            self.store.swap(layout.CURRENT, _to_bytes(current), self.version)
        except FileExistsError as error:
            raise LostRaceError(
                "another normalize run finished first; nothing of this one is visible. "
                "Run normalize again: it folds in what the other one did not see."
            ) from error


def current_files(store: Store, entity: str) -> dict[str, list[Json]]:
    """Business date -> files (key, rows, bytes) that hold an entity's rows now."""
    state = State(store)
    if entity == "restaurants":
        return {"all": state.restaurant_files()}
    return {date: state.files(entity, [date]) for date in sorted(state.dates)}


def sum_totals(dates: dict[str, Json]) -> dict[str, Json]:
    """Rows and money of all dates together, by entity."""
    totals: dict[str, Json] = {}
    for entity, price in ENTITIES.items():
        counted = [facts[entity] for facts in dates.values()]
        money = {
            name: str(sum((Decimal(c[name]) for c in counted), Decimal("0.0000")))
            for name in (price, f"superseded_{price}")
        }
        totals[entity] = {
            name: sum(c[name] for c in counted) for name in ("rows", "superseded")
        } | money
    return totals


def _to_bytes(document: Json) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
