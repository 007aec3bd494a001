"""The warehouse on one machine: a DuckDB file."""

from pathlib import Path
from typing import Any

import duckdb

from lake.store import Store
from orchestration.tables import TABLES, arrow_rows, create_statement, file_columns
from orchestration.warehouse import File, LoadError


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


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the schema `pos` with explicit types, where it does not exist yet."""
    connection.execute("create schema if not exists pos")
    for table in TABLES:
        connection.execute(create_statement(table))


class DuckDBWarehouse:
    """A `Warehouse` in a DuckDB file, which one process at a time opens."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, store: Store) -> None:
        self.connection = connection
        self.store = store

    def execute(self, sql: str, parameters: list[Any] | None = None) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(sql, parameters)
        except duckdb.Error as error:
            raise LoadError(f"the warehouse refused `{sql[:80]}`: {error}") from error

    def create_tables(self) -> None:
        create_tables(self.connection)

    def begin(self) -> None:
        self.execute("begin")

    def commit(self) -> None:
        self.execute("commit")

    def add_files(self, table: str, files: list[File]) -> int:
        query = f"select {file_columns(table)} from read_parquet(?, hive_partitioning = false)"
        urls = [self.store.url(file["key"]) for file in files]
        return self.execute(f"insert into pos.{table} {query}", [urls]).fetchone()[0]

    def add_rows(self, table: str, rows: list[dict[str, Any]]) -> None:
        self.connection.register("incoming", arrow_rows(table, rows))
        self.execute(f"insert into pos.{table} select * from incoming")
        self.connection.unregister("incoming")

    def close(self) -> None:
        self.connection.close()
