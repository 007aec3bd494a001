"""Looking at marts from the command line: print rows, export a mart to a file."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from rich.markup import escape
from rich.table import Table

from orchestration.warehouse import Result, Warehouse

FORMATS = {".csv": "format csv, header", ".parquet": "format parquet, compression zstd"}
ROWS = 50_000  # that are held at once while a mart is exported
TYPES = {  # by the names that the catalogs of DuckDB and Redshift have for them
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "character varying": pa.string(),
    "date": pa.date32(),
    "double": pa.float64(),
    "double precision": pa.float64(),
    "integer": pa.int32(),
    "timestamp": pa.timestamp("us"),
    "timestamp without time zone": pa.timestamp("us"),
    "varchar": pa.string(),
}


class BrowseError(Exception):
    """There is no such mart or file type; the message names what there is."""


def table(warehouse: Warehouse, mart: str, limit: int, width: int) -> Table:
    """The first `limit` rows of a mart, in the order of its first columns, for a terminal.

    A mart that is wider than `width` characters comes as one line per row and column.
    """
    schema = _schema(warehouse, mart)
    found = warehouse.execute(f"{_query(mart, schema)} limit {limit}").fetchall()
    rows = [[_text(value) for value in row] for row in found]
    total = warehouse.execute(f'select count(*) from marts."{mart}"').fetchone()[0]
    caption = f"{len(rows):,} of {total:,} rows" if rows else "no rows"
    widths = [max(map(len, cells)) for cells in zip(schema.names, *rows, strict=True)]
    fits = sum(widths) + 3 * len(widths) + 1 <= width
    shown = _wide(schema.names, rows) if fits else _narrow(schema.names, rows)
    shown.title, shown.caption = f"marts.{mart}", caption
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


def export(warehouse: Warehouse, mart: str, out: Path) -> int:
    """Write a mart to `out` (.csv or .parquet, ordered by its columns); return the row count.

    Both warehouses give the same file. Raises BrowseError for another ending, an unknown mart or a
    folder that does not exist.
    """
    if out.suffix not in FORMATS:
        raise BrowseError(f"{out}: the file's name must end in .csv or .parquet")
    if not out.absolute().parent.is_dir():
        raise BrowseError(f"{out}: the folder {out.absolute().parent} does not exist")
    schema = _schema(warehouse, mart)
    batches = _batches(warehouse.execute(_query(mart, schema)), schema)
    target = str(out.absolute()).replace("'", "''")
    with duckdb.connect() as writer:
        writer.register("rows_of_mart", pa.RecordBatchReader.from_batches(schema, batches))
        copy = f"copy (select * from rows_of_mart) to '{target}' ({FORMATS[out.suffix]})"
        return writer.execute(copy).fetchone()[0]


def _batches(result: Result, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while rows := result.fetchmany(ROWS):
        columns = zip(*rows, strict=True)
        arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
        yield pa.record_batch(arrays, schema=schema)


def _query(mart: str, schema: pa.Schema) -> str:
    columns = ", ".join(f'"{name}"' for name in schema.names)
    return f'select {columns} from marts."{mart}" order by {columns}'


def _schema(warehouse: Warehouse, mart: str) -> pa.Schema:
    """The columns of a mart. Raises BrowseError when there is no such mart."""
    query = (
        "select column_name, data_type, numeric_precision, numeric_scale "
        "from information_schema.columns where table_schema = 'marts' and table_name = ? "
        "order by ordinal_position"
    )
    columns = warehouse.execute(query, [mart]).fetchall()
    if not columns:
        raise BrowseError(_unknown(warehouse, mart))
    return pa.schema([(name, _type(kind, *size)) for name, kind, *size in columns])


def _type(kind: str, precision: Any, scale: Any) -> pa.DataType:
    name = kind.lower().partition("(")[0]
    if name in ("decimal", "numeric"):
        return pa.decimal128(int(precision), int(scale))
    return TYPES[name]


def _unknown(warehouse: Warehouse, mart: str) -> str:
    query = "select table_name from information_schema.tables where table_schema = 'marts'"
    marts = sorted(name for (name,) in warehouse.execute(query).fetchall())
    close = difflib.get_close_matches(mart, marts, n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"there is no mart {mart!r}. {hint}The marts are: {', '.join(marts)}"
