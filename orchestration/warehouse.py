"""The warehouse: one protocol over DuckDB and Redshift, with the few statements that differ.

SQL that is the same on both goes through `execute`; parameters are `?`.
"""

from typing import Any, Protocol

File = dict[str, Any]  # a Parquet file of the lake: key, rows, bytes


class LoadError(Exception):
    """The lake's files and what their run file says of them differ, or the warehouse is busy."""


class Result(Protocol):
    """The rows of a statement."""

    def fetchone(self) -> Any: ...

    def fetchmany(self, size: int) -> list[Any]: ...

    def fetchall(self) -> list[Any]: ...


class Warehouse(Protocol):
    """An open connection. Closing it without `commit` undoes everything since `begin`.

    Every method raises LoadError when the warehouse refuses or is gone.
    """

    def execute(self, sql: str, parameters: list[Any] | None = None) -> Result: ...

    def create_tables(self) -> None:
        """Make the schema `pos` with explicit types, where it does not exist yet."""

    def begin(self) -> None:
        """Begin a transaction that no other load can be in at the same time."""

    def commit(self) -> None: ...

    def add_files(self, table: str, files: list[File]) -> int:
        """Append the rows of Parquet files of the lake to a table; return how many there were."""

    def add_rows(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Append rows that are not in the lake."""

    def close(self) -> None: ...
