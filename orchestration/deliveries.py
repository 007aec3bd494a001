"""Deliveries and rejected rows in the warehouse: what the ledgers say of every delivered file."""

import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from ingestion.delivered_days import Ledger, spans_of
from lake import layout
from lake.folded import read_folded
from lake.store import Store
from orchestration.warehouse import Warehouse

READERS = 8
IDS_PER_STATEMENT = 1000
WITHOUT_SPANS = (
    "select landing_id from pos.deliveries where entity = 'order_items' and loaded > 0 "
    "and landing_id not in (select landing_id from pos.delivered_spans)"
)


def load(warehouse: Warehouse, store: Store, current: dict[str, Any]) -> int:
    """Add the deliveries whose ledger is new, then give every delivery its state in normalize.

    `current` is what `current.json` says. Returns the number of new deliveries.
    """
    known = {
        row[0] for row in warehouse.execute("select landing_id from pos.deliveries").fetchall()
    }
    keys = [k for k in store.list(layout.LEDGERS) if _landing_of(k) not in known]
    ledgers = _read(store, keys)
    if ledgers:
        warehouse.add_rows("deliveries", [_row(ledger) for ledger in ledgers])
    restaurants = [
        {"landing_id": ledger["landing_id"], "restaurant_id": restaurant}
        for ledger in ledgers
        for restaurant in ledger["restaurants"] or []
    ]
    if restaurants:
        warehouse.add_rows("delivered_restaurants", restaurants)
    rejects = [ledger["outputs"]["rejects"] for ledger in ledgers if ledger["outputs"]["rejects"]]
    if rejects:
        warehouse.add_files("rejected_rows", rejects)
    _add_spans(warehouse, store, {ledger["landing_id"]: ledger for ledger in ledgers})
    _set_states(warehouse, read_folded(store, current, ("landing_id", "state")))
    return len(ledgers)


def _read(store: Store, keys: list[str]) -> list[Ledger]:
    with ThreadPoolExecutor(READERS) as pool:
        return [json.loads(data) for data in pool.map(store.read, keys)]


def _add_spans(warehouse: Warehouse, store: Store, new: dict[str, Ledger]) -> None:
    """Add the spans of time that deliveries of order items speak for.

    So, too, of deliveries that came before the warehouse kept any.
    """
    lacking = [row[0] for row in warehouse.execute(WITHOUT_SPANS).fetchall()]
    earlier = [landing for landing in lacking if landing not in new]
    ledgers = new | dict(zip(earlier, _read(store, [*map(layout.ledger, earlier)]), strict=True))
    rows = [
        {
            "landing_id": landing,
            "first_created_at": first.rstrip("Z"),
            "last_created_at": last.rstrip("Z"),
        }
        for landing in lacking
        for first, last in spans_of(ledgers[landing])
    ]
    if rows:
        warehouse.add_rows("delivered_spans", rows)


def _landing_of(key: str) -> str:
    return key.rsplit("/", 1)[1].removesuffix(".json")


def _row(ledger: Ledger) -> dict[str, Any]:
    counts = ledger["counts"]
    copied = ("landing_id", "file_id", "name", "path", "entity", "status", "reason", "message")
    times = ("modified_at", "landed_at", "cleaned_at")
    counted = ("lines", "loaded", "rejected", "blank", "embedded_newlines")
    return (
        {name: ledger[name] for name in copied}
        | {name: ledger[name].rstrip("Z") for name in times}
        | {name: counts[name] for name in counted}
        | {
            "header_lines": counts["header"],
            "state": "quarantined" if ledger["status"] == "quarantined" else None,
            "price_total": next(iter((ledger["money"] or {}).values()), None),
            "restaurant_count": len(ledger["restaurants"] or []),
        }
    )


def _set_states(warehouse: Warehouse, landings: pa.Table) -> None:
    """Write the states that changed, many deliveries by statement."""
    now = dict(zip(*(landings[name].to_pylist() for name in ("landing_id", "state")), strict=True))
    states = "select landing_id, state from pos.deliveries"
    changed = defaultdict(list)
    for landing_id, state in warehouse.execute(states).fetchall():
        wanted = now.get(landing_id, state)
        if wanted != state:
            changed[wanted].append(landing_id)
    for state, ids in changed.items():
        for first in range(0, len(ids), IDS_PER_STATEMENT):
            some = ids[first : first + IDS_PER_STATEMENT]
            marks = ", ".join("?" * len(some))
            update = f"update pos.deliveries set state = ? where landing_id in ({marks})"
            warehouse.execute(update, [state, *some])
