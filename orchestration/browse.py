"""Looking at marts from the command line: print rows, export a mart to a file."""

import difflib
from pathlib import Path

import duckdb
from rich.markup import escape
from rich.table import Table

from orchestration.load import connect


class BrowseError(Exception):
    """There is no such mart or file type; the message names what there is."""


def table(warehouse: Path, mart: str, limit: int, width: int) -> Table:
    """The first `limit` rows of a mart, in the order of its first columns, for a terminal.

    A mart that is wider than `width` characters comes as one line per row and column.
    """
    connection = _open(warehouse)
    try:
        name = _checked(connection, mart)
        relation = connection.execute(f'select * from marts."{name}" order by all limit ?', [limit])
        columns = [column[0] for column in relation.description]
        rows = [[_text(value) for value in row] for row in relation.fetchall()]
        total = connection.execute(f'select count(*) from marts."{name}"').fetchone()[0]
    finally:
        connection.close()
    caption = f"{len(rows):,} of {total:,} rows" if rows else "no rows"
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    fits = sum(widths) + 3 * len(widths) + 1 <= width
    shown = _wide(columns, rows) if fits else _narrow(columns, rows)
    shown.title, shown.caption = f"marts.{name}", caption
    return shown


def _wide(columns: list[str], rows: list[list[str]]) -> Table:
    shown = Table(*columns)
    for row in rows:
        shown.add_row(*row)
    return shown


def _narrow(columns: list[str], rows: list[list[str]]) -> Table:
    shown = Table("column", "value")
    for row in rows:
        for name, value in zip(columns, row, strict=True):
            shown.add_row(name, value)
        shown.add_section()
    return shown


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))


def export(warehouse: Path, mart: str, out: Path) -> int:
    """Write a mart to `out` (.csv or .parquet, ordered by its columns); return the row count.

    Raises BrowseError for another ending, an unknown mart or a folder that does not exist.
    """
    formats = {".csv": "format csv, header", ".parquet": "format parquet, compression zstd"}
    if out.suffix not in formats:
        raise BrowseError(f"{out}: the file's name must end in .csv or .parquet")
    if not out.absolute().parent.is_dir():
        raise BrowseError(f"{out}: the folder {out.absolute().parent} does not exist")
    connection = _open(warehouse)
    try:
        name = _checked(connection, mart)
        target = str(out.absolute()).replace("'", "''")
        query = f'select * from marts."{name}" order by all'
        return connection.execute(
            f"copy ({query}) to '{target}' ({formats[out.suffix]})"
        ).fetchone()[0]
    finally:
        connection.close()


def _open(warehouse: Path) -> duckdb.DuckDBPyConnection:
    if not warehouse.is_file():
        raise BrowseError(
            f"there is no warehouse at {warehouse}. Run `make demo` or `franchise run` first, "
            "or name the workspace with --workspace."
        )
    return connect(warehouse, read_only=True)


def _checked(connection: duckdb.DuckDBPyConnection, mart: str) -> str:
    query = "select table_name from information_schema.tables where table_schema = 'marts'"
    marts = sorted(name for (name,) in connection.execute(query).fetchall())
    if mart in marts:
        return mart
    close = difflib.get_close_matches(mart, marts, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise BrowseError(f"there is no mart {mart!r}. {hint}The marts are: {', '.join(marts)}")
