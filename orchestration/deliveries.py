"""Deliveries and rejected rows in the warehouse: what the ledgers say of every delivered file."""

import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lake import layout
from lake.store import Store
from orchestration.warehouse import Warehouse

READERS = 8
IDS_PER_STATEMENT = 1000


def load(warehouse: Warehouse, store: Store, landings: dict[str, dict[str, Any]]) -> int:
    """Add the deliveries whose ledger is new, then give every delivery its state in normalize.

    `landings` is `current.json`'s map of landing id to state. Returns the number of new deliveries.
    """
    known = {
        row[0] for row in warehouse.execute("select landing_id from pos.deliveries").fetchall()
    }
    keys = [k for k in store.list(layout.LEDGERS) if _landing_of(k) not in known]
    with ThreadPoolExecutor(READERS) as pool:
        ledgers = [json.loads(data) for data in pool.map(store.read, keys)]
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
    _set_states(warehouse, landings)
    return len(ledgers)


def _landing_of(key: str) -> str:
    return key.rsplit("/", 1)[1].removesuffix(".json")


def _row(ledger: dict[str, Any]) -> dict[str, Any]:
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


def _set_states(warehouse: Warehouse, landings: dict[str, dict[str, Any]]) -> None:
    """Write the states that changed, many deliveries by statement."""
    states = "select landing_id, state from pos.deliveries"
    changed = defaultdict(list)
    for landing_id, state in warehouse.execute(states).fetchall():
        wanted = landings.get(landing_id, {}).get("state", state)
        if wanted != state:
            changed[wanted].append(landing_id)
    for state, ids in changed.items():
        for first in range(0, len(ids), IDS_PER_STATEMENT):
            some = ids[first : first + IDS_PER_STATEMENT]
            marks = ", ".join("?" * len(some))
            update = f"update pos.deliveries set state = ? where landing_id in ({marks})"
            warehouse.execute(update, [state, *some])
