"""Load: normalized Parquet into the warehouse's schema `pos`, exactly once, in one transaction.

What to load is the difference between `normalized/current.json` (which run wrote each business
date) and `pos._partitions` (which run's rows of it the warehouse holds). So a retry, a double
trigger or a skipped day end in the same state, and a failure leaves the rows that were there.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lake import layout
from lake.store import Store
from orchestration import deliveries
from orchestration.tables import TABLES, create_statement, file_columns

PENDING = "pending"
ALL = "all"
REMEDY = "Run `franchise normalize --full`, then `franchise load` again."

Files = dict[str, list[dict[str, Any]]]  # business date -> [{key, rows, bytes}]


class LoadError(Exception):
    """The lake's files and what their run file says of them differ, or the warehouse is busy."""


@dataclass(frozen=True)
class Loaded:
    """What one load did: partitions replaced, new deliveries, and the rows now in each table."""

    partitions: int
    deliveries: int
    rows: dict[str, int]


def connect(warehouse: Path, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse file, in UTC.

    Raises LoadError when another process holds the file or when it is no warehouse.
    """
    try:
        connection = duckdb.connect(str(warehouse), read_only=read_only)
    except duckdb.IOException as error:
        raise LoadError(
            f"{warehouse} is in use by another process, or is no DuckDB file: {error}. "
            "Wait for the other run to end, then run again."
        ) from error
    connection.execute("set TimeZone = 'UTC'")
    return connection


def load(store: Store, warehouse: Path, full: bool = False) -> Loaded:
    """Bring `pos` to the state that `normalized/current.json` names.

    Raises LoadError, with the warehouse unchanged, when files hold other rows than their run says.
    """
    found = store.read_version(layout.CURRENT)
    current = json.loads(found[0]) if found else {"dates": {}, "restaurants": None, "landings": {}}
    connection = connect(warehouse)
    try:
        connection.execute("begin")
        create_tables(connection)
        if full:
            connection.execute("delete from pos._partitions")
        partitions = sum(
            _load_partitions(connection, store, *wanted) for wanted in _wanted(current)
        )
        new = deliveries.load(connection, store, current["landings"])
        connection.execute("commit")
        rows = {t: _count(connection, t) for t in TABLES if not t.startswith("_")}
        return Loaded(partitions, new, rows)
    finally:
        connection.close()


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema `pos` with explicit types, where it does not exist yet."""
    connection.execute("create schema if not exists pos")
    for table in TABLES:
        connection.execute(create_statement(table))


def _wanted(current: dict[str, Any]) -> list[tuple[str, str, dict[str, str]]]:
    """Per table: its name, its entity in the run files, and which run wrote each partition."""
    dates = {d: facts["run_id"] for d, facts in current["dates"].items()}
    regular = {d: run for d, run in dates.items() if d != PENDING}
    pending = {d: run for d, run in dates.items() if d == PENDING}
    restaurants = {ALL: current["restaurants"]} if current["restaurants"] else {}
    return [
        ("order_items", "order_items", regular),
        ("order_item_options", "order_item_options", regular),
        ("pending_order_item_options", "order_item_options", pending),
        ("restaurants", "restaurants", restaurants),
    ]


def _load_partitions(
    connection: duckdb.DuckDBPyConnection,
    store: Store,
    table: str,
    entity: str,
    wanted: dict[str, str],
) -> int:
    """Replace every partition of a table whose rows are not those of the run that wrote it last."""
    query = "select business_date, run_id from pos._partitions where entity = ?"
    held = dict(connection.execute(query, [table]).fetchall())
    stale = {d for d in held.keys() | wanted.keys() if held.get(d) != wanted.get(d)}
    if not stale:
        return 0
    runs = {run: json.loads(store.read(layout.normalized_run(run))) for run in {*wanted.values()}}
    files = {d: _files(runs[wanted[d]], entity, d) for d in stale & wanted.keys()}
    _delete(connection, table, sorted(stale))
    _insert(connection, store, table, [f for d in sorted(files) for f in files[d]])
    _remember(connection, table, sorted(stale), files, wanted)
    return len(stale)


def _files(run: dict[str, Any], entity: str, date: str) -> list[dict[str, Any]]:
    if date == ALL:
        return run["restaurants"] or []
    return run["touched"][date].get(entity) or []


def _delete(connection: duckdb.DuckDBPyConnection, table: str, dates: list[str]) -> None:
    if dates in ([ALL], [PENDING]):
        connection.execute(f"delete from pos.{table}")
    else:
        dated = f"delete from pos.{table} where business_date in (select unnest(?::date[]))"
        connection.execute(dated, [dates])


def _insert(
    connection: duckdb.DuckDBPyConnection, store: Store, table: str, files: list[dict[str, Any]]
) -> None:
    if not files:
        return
    before = _count(connection, table)
    query = f"select {file_columns(table)} from read_parquet(?, hive_partitioning = false)"
    try:
        connection.execute(
            f"insert into pos.{table} {query}", [[store.url(f["key"]) for f in files]]
        )
    except duckdb.Error as error:
        raise LoadError(
            f"pos.{table}: its files cannot be read: {error}. Nothing was loaded. {REMEDY}"
        ) from error
    added = _count(connection, table) - before
    expected = sum(f["rows"] for f in files)
    if added != expected:
        raise LoadError(
            f"pos.{table}: {len(files)} files hold {added} rows, but their run counted {expected}. "
            f"Nothing was loaded. {REMEDY}"
        )


def _remember(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    stale: list[str],
    files: Files,
    wanted: dict[str, str],
) -> None:
    forget = "delete from pos._partitions where entity = ? and business_date in (select unnest(?))"
    connection.execute(forget, [table, stale])
    rows = [[table, d, wanted[d], sum(f["rows"] for f in files[d])] for d in sorted(files)]
    if rows:
        insert = "insert into pos._partitions values (?, ?, ?, ?, now()::timestamp)"
        connection.executemany(insert, rows)


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return connection.execute(f"select count(*) from pos.{table}").fetchone()[0]
