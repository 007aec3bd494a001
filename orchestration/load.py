"""Load: normalized Parquet into the warehouse's schema `pos`, exactly once, in one transaction.

What to load is the difference between `normalized/current.json` (which run wrote each business
date) and `pos._partitions` (which run's rows of it the warehouse holds). So a retry, a double
trigger or a skipped day end in the same state, and a failure leaves the rows that were there.
"""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lake import layout
from lake.store import Store
from orchestration import deliveries
from orchestration.duckdb_warehouse import DuckDBWarehouse, connect, create_tables
from orchestration.tables import TABLES
from orchestration.warehouse import File, LoadError, Warehouse

__all__ = ["LoadError", "Loaded", "connect", "create_tables", "load", "load_into"]

PENDING = "pending"
ALL = "all"
REMEDY = "Run `franchise normalize --full`, then `franchise load` again."
FILLED = ("order_items", "order_item_options", "pending_order_item_options", "restaurants")

Files = dict[str, list[File]]  # business date -> its files


@dataclass(frozen=True)
class Loaded:
    """What one load did: partitions replaced, new deliveries, and the rows now in each table."""

    partitions: int
    deliveries: int
    rows: dict[str, int]


def load(store: Store, warehouse: Path, full: bool = False) -> Loaded:
    """Bring `pos` of a DuckDB file to the state that `normalized/current.json` names.

    Raises LoadError, with the warehouse unchanged, when files hold other rows than their run says.
    """
    return load_into(DuckDBWarehouse(connect(warehouse), store), store, full)


def load_into(warehouse: Warehouse, store: Store, full: bool = False) -> Loaded:
    """The same for any warehouse, which is closed at the end, whatever happens."""
    with closing(warehouse):
        warehouse.create_tables()
        warehouse.begin()
        found = store.read_version(layout.CURRENT)  # after `begin`: a load waited for is over
        current = json.loads(found[0]) if found else {}
        if full:
            for table in (*FILLED, "delivered_dates", "_partitions"):
                warehouse.execute(f"delete from pos.{table}")
        partitions = sum(
            _load_partitions(warehouse, store, wanted, current) for wanted in _wanted(current)
        )
        new = deliveries.load(warehouse, store, current)
        warehouse.commit()
        rows = {t: _count(warehouse, t) for t in TABLES if not t.startswith("_")}
        return Loaded(partitions, new, rows)


@dataclass(frozen=True)
class Wanted:
    """The partitions that a table should hold: which run wrote each of them last."""

    table: str
    entity: str  # its name in the run files
    runs: dict[str, str]  # business date -> run id


def _wanted(current: dict[str, Any]) -> list[Wanted]:
    dates = {d: facts["run_id"] for d, facts in current.get("dates", {}).items()}
    regular = {d: run for d, run in dates.items() if d != PENDING}
    pending = {d: run for d, run in dates.items() if d == PENDING}
    restaurants = {ALL: current["restaurants"]} if current.get("restaurants") else {}
    return [
        Wanted("order_items", "order_items", regular),
        Wanted("order_item_options", "order_item_options", regular),
        Wanted("pending_order_item_options", "order_item_options", pending),
        Wanted("restaurants", "restaurants", restaurants),
    ]


def _load_partitions(
    warehouse: Warehouse, store: Store, wanted: Wanted, current: dict[str, Any]
) -> int:
    """Replace every partition of a table whose rows are not those of the run that wrote it last."""
    query = "select business_date, run_id from pos._partitions where entity = ?"
    held = {d: run for d, run in warehouse.execute(query, [wanted.table]).fetchall()}
    runs = wanted.runs
    stale = sorted(d for d in held.keys() | runs.keys() if held.get(d) != runs.get(d))
    if not stale:
        return 0
    fresh = [d for d in stale if d in runs]
    written = _read_runs(store, {runs[d] for d in fresh})
    files = {d: _files(written[runs[d]], wanted.entity, d) for d in fresh}
    _delete(warehouse, wanted.table, stale)
    _insert(warehouse, wanted.table, [file for d in fresh for file in files[d]])
    _remember(warehouse, wanted, stale, files, current)
    if wanted.table == wanted.entity and wanted.table != "restaurants":
        landings = {d: written[runs[d]].get("landings", {}).get(d, {}) for d in fresh}
        _note_landings(warehouse, wanted.entity, stale, landings)
    return len(stale)


def _read_runs(store: Store, run_ids: set[str]) -> dict[str, dict[str, Any]]:
    return {run: json.loads(store.read(layout.normalized_run(run))) for run in sorted(run_ids)}


def _files(run: dict[str, Any], entity: str, day: str) -> list[File]:
    if day == ALL:
        return run["restaurants"] or []
    return run["touched"][day].get(entity) or []


def _delete(warehouse: Warehouse, table: str, dates: list[str]) -> None:
    if dates in ([ALL], [PENDING]):
        warehouse.execute(f"delete from pos.{table}")
    else:
        dated = f"delete from pos.{table} where business_date in ({_marks(dates)})"
        warehouse.execute(dated, [date.fromisoformat(d) for d in dates])


def _insert(warehouse: Warehouse, table: str, files: list[File]) -> None:
    if not files:
        return
    try:
        added = warehouse.add_files(table, files)
    except LoadError as error:
        raise LoadError(
            f"pos.{table}: its files cannot be loaded: {error} Nothing was loaded. {REMEDY}"
        ) from error
    expected = sum(f["rows"] for f in files)
    if added != expected:
        raise LoadError(
            f"pos.{table}: {len(files)} files hold {added} rows, but their run counted {expected}. "
            f"Nothing was loaded. {REMEDY}"
        )


def _remember(
    warehouse: Warehouse, wanted: Wanted, stale: list[str], files: Files, current: dict[str, Any]
) -> None:
    """Write down which run's rows the table holds now, and what normalize counted of them."""
    forget = f"delete from pos._partitions where entity = ? and business_date in ({_marks(stale)})"
    warehouse.execute(forget, [wanted.table, *stale])
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    rows = [
        {
            "entity": wanted.table,
            "business_date": d,
            "run_id": wanted.runs[d],
            "row_count": sum(f["rows"] for f in files[d]),
            "loaded_at": loaded_at,
        }
        | _counted(current.get("dates", {}).get(d, {}).get(wanted.entity, {}), wanted.entity)
        for d in sorted(files)
    ]
    if rows:
        warehouse.add_rows("_partitions", rows)


def _counted(counts: dict[str, Any], entity: str) -> dict[str, Any]:
    """Rows and money that a later delivery superseded, and the money of those that stand."""
    price = {"order_items": "item_price", "order_item_options": "option_price"}.get(entity)
    return {
        "superseded": counts.get("superseded", 0),
        "price_total": counts.get(price, "0"),
        "superseded_price_total": counts.get(f"superseded_{price}", "0"),
    }


def _note_landings(
    warehouse: Warehouse, entity: str, stale: list[str], landings: dict[str, dict[str, list[str]]]
) -> None:
    """Write down which deliveries had rows of a date, whether one of them won or not."""
    where = f"entity = ? and business_date in ({_marks(stale)})"
    dates = [date.fromisoformat(d) for d in stale]
    warehouse.execute(f"delete from pos.delivered_dates where {where}", [entity, *dates])
    rows = [
        {"entity": entity, "business_date": d, "landing_id": landing}
        for d in sorted(landings)
        for landing in landings[d].get(entity, [])
    ]
    if rows:
        warehouse.add_rows("delivered_dates", rows)


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _count(warehouse: Warehouse, table: str) -> int:
    return warehouse.execute(f"select count(*) from pos.{table}").fetchone()[0]
