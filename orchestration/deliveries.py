"""Deliveries and rejected rows in the warehouse: what the ledgers say of every delivered file."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import pyarrow as pa

from lake import layout
from lake.store import Store
from orchestration.tables import TABLES

READERS = 8


def load(
    connection: duckdb.DuckDBPyConnection, store: Store, landings: dict[str, dict[str, Any]]
) -> int:
    """Add the deliveries whose ledger is new, then give every delivery its state in normalize.

    `landings` is `current.json`'s map of landing id to state. Returns the number of new deliveries.
    """
    known = {
        row[0] for row in connection.execute("select landing_id from pos.deliveries").fetchall()
    }
    keys = [k for k in store.list(layout.LEDGERS) if _landing_of(k) not in known]
    with ThreadPoolExecutor(READERS) as pool:
        ledgers = [json.loads(data) for data in pool.map(store.read, keys)]
    if ledgers:
        _insert(connection, "deliveries", [_row(ledger) for ledger in ledgers])
        _load_rejected_rows(connection, store, ledgers)
    states = [{"landing_id": i, "state": facts["state"]} for i, facts in landings.items()]
    if states:
        connection.register("states", pa.Table.from_pylist(states))
        connection.execute(
            "update pos.deliveries d set state = s.state from states s "
            "where d.landing_id = s.landing_id and d.state is distinct from s.state"
        )
        connection.unregister("states")
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


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    kinds = {name: kind.removesuffix(" not null") for name, kind in TABLES[table].items()}
    columns = {name: pa.array([r[name] for r in rows]) for name in kinds}
    connection.register("incoming", pa.table(columns))
    casts = ", ".join(f"cast({name} as {kind})" for name, kind in kinds.items())
    connection.execute(f"insert into pos.{table} select {casts} from incoming")
    connection.unregister("incoming")


def _load_rejected_rows(
    connection: duckdb.DuckDBPyConnection, store: Store, ledgers: list[dict[str, Any]]
) -> None:
    outputs = [ledger["outputs"]["rejects"] for ledger in ledgers]
    files = [store.url(output["key"]) for output in outputs if output]
    if not files:
        return
    columns = ", ".join("_landing_id" if c == "landing_id" else c for c in TABLES["rejected_rows"])
    connection.execute(
        f"insert into pos.rejected_rows select {columns} from "
        "read_parquet(?, hive_partitioning = false)",
        [files],
    )
