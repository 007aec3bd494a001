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
            for table in (*FILLED, "_partitions"):
                warehouse.execute(f"delete from pos.{table}")
        partitions = sum(_load_partitions(warehouse, store, *wanted) for wanted in _wanted(current))
        new = deliveries.load(warehouse, store, current.get("landings", {}))
        warehouse.commit()
        rows = {t: _count(warehouse, t) for t in TABLES if not t.startswith("_")}
        return Loaded(partitions, new, rows)


def _wanted(current: dict[str, Any]) -> list[tuple[str, str, dict[str, str]]]:
    """Per table: its name, its entity in the run files, and which run wrote each partition."""
    dates = {d: facts["run_id"] for d, facts in current.get("dates", {}).items()}
    regular = {d: run for d, run in dates.items() if d != PENDING}
    pending = {d: run for d, run in dates.items() if d == PENDING}
    restaurants = {ALL: current["restaurants"]} if current.get("restaurants") else {}
    return [
        ("order_items", "order_items", regular),
        ("order_item_options", "order_item_options", regular),
        ("pending_order_item_options", "order_item_options", pending),
        ("restaurants", "restaurants", restaurants),
    ]


def _load_partitions(
    warehouse: Warehouse, store: Store, table: str, entity: str, wanted: dict[str, str]
) -> int:
    """Replace every partition of a table whose rows are not those of the run that wrote it last."""
    query = "select business_date, run_id from pos._partitions where entity = ?"
    held = {d: run for d, run in warehouse.execute(query, [table]).fetchall()}
    stale = {d for d in held.keys() | wanted.keys() if held.get(d) != wanted.get(d)}
    if not stale:
        return 0
    ids = {wanted[d] for d in stale & wanted.keys()}
    runs = {run: json.loads(store.read(layout.normalized_run(run))) for run in sorted(ids)}
    files = {d: _files(runs[wanted[d]], entity, d) for d in stale & wanted.keys()}
    _delete(warehouse, table, sorted(stale))
    _insert(warehouse, table, [f for d in sorted(files) for f in files[d]])
    _remember(warehouse, table, sorted(stale), files, wanted)
    return len(stale)


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
    warehouse: Warehouse, table: str, stale: list[str], files: Files, wanted: dict[str, str]
) -> None:
    forget = f"delete from pos._partitions where entity = ? and business_date in ({_marks(stale)})"
    warehouse.execute(forget, [table, *stale])
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    rows = [
        {
            "entity": table,
            "business_date": d,
            "run_id": wanted[d],
            "row_count": sum(f["rows"] for f in files[d]),
            "loaded_at": loaded_at,
        }
        for d in sorted(files)
    ]
    if rows:
        warehouse.add_rows("_partitions", rows)


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _count(warehouse: Warehouse, table: str) -> int:
    return warehouse.execute(f"select count(*) from pos.{table}").fetchone()[0]
