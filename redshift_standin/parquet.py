"""COPY and UNLOAD of Parquet, as strict as Redshift's documentation allows to be.

Columns are read by position; their number and their types must be those of the table. Whether
Redshift itself widens an int32 or a decimal is not known, so the stand-in does not.
"""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from sqlglot import exp

from redshift_standin.storage import Storage

ROWS = 50_000


class CopyError(Exception):
    """COPY or UNLOAD fails as a whole; the message names the file and what is wrong."""


@dataclass(frozen=True)
class Copy:
    """A COPY statement."""

    table: str
    source: str
    manifest: bool


@dataclass(frozen=True)
class Column:
    """A column of the target: its name and Postgres' name of its type."""

    name: str
    kind: str


def read_copy(tree: exp.Copy) -> Copy:
    """The parts of a COPY statement. Raises CopyError for what the stand-in does not accept."""
    credentials = tree.args.get("credentials")
    if credentials is None or credentials.args.get("iam_role") is None:
        raise CopyError("COPY needs IAM_ROLE; keys in SQL are refused here")
    words = [
        part.name.lower()
        for option in tree.args.get("params") or []
        for part in (option.this, option.expression)
        if part is not None
    ]
    if "parquet" not in words:
        raise CopyError("the stand-in copies FORMAT AS PARQUET only")
    other = [word for word in words if word not in ("format", "parquet", "manifest")]
    if other:
        raise CopyError(f"{' '.join(other).upper()} is not supported for COPY from Parquet")
    if isinstance(tree.this, exp.Schema):
        raise CopyError("the stand-in copies whole tables only, without a column list")
    return Copy(tree.this.sql(dialect="postgres"), tree.args["files"][0].name, "manifest" in words)


def read_files(copy: Copy, storage: Storage) -> Iterator[tuple[str, bytes]]:
    """URL and bytes of every file of a COPY; with a manifest exactly those that it names."""
    if not copy.manifest:
        urls = storage.list(copy.source)
        if not urls:
            raise CopyError(f"The specified S3 prefix '{copy.source}' does not exist")
        yield from ((url, storage.read(url)) for url in urls)
        return
    for entry in json.loads(storage.read(copy.source))["entries"]:
        length = entry.get("meta", {}).get("content_length")
        if length is None:
            raise CopyError(f"{entry['url']}: a manifest of Parquet needs meta.content_length")
        if not entry.get("mandatory") and entry["url"] not in storage.list(entry["url"]):
            continue
        data = storage.read(entry["url"])
        if len(data) != length:
            raise CopyError(f"{entry['url']} has {len(data)} bytes, its manifest says {length}")
        yield entry["url"], data


def to_csv(url: str, data: bytes, columns: list[Column]) -> Iterator[bytes]:
    """The rows of a Parquet file as CSV, null as nothing and an empty text as "".

    Raises CopyError when its columns are not those of the table, by position.
    """
    file = pq.ParquetFile(io.BytesIO(data))
    names = file.schema_arrow
    if len(names) != len(columns):
        raise CopyError(f"{url} has {len(names)} columns, the table has {len(columns)}")
    for field, column in zip(names, columns, strict=True):
        if not _fits(field.type, column.kind):
            raise CopyError(
                f"{url}: column {field.name} is {field.type}, "
                f"incompatible with {column.name} {column.kind}"
            )
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    for batch in file.iter_batches(ROWS):
        _check_lengths(url, batch, columns)
        texts = [array.cast(pa.string()) for array in batch.columns]
        sink = io.BytesIO()
        table = pa.table(texts, names=[c.name for c in columns])
        pyarrow.csv.write_csv(table, sink, options)
        yield sink.getvalue()


def _fits(found: pa.DataType, kind: str) -> bool:
    if kind.startswith(("character", "text")):
        return pa.types.is_string(found) or pa.types.is_large_string(found)
    if kind.startswith("numeric"):
        precision, scale = map(int, re.findall(r"\d+", kind))
        return pa.types.is_decimal(found) and (found.precision, found.scale) == (precision, scale)
    simple = {
        "bigint": pa.int64(),
        "integer": pa.int32(),
        "smallint": pa.int16(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "double precision": pa.float64(),
        "real": pa.float32(),
    }
    if kind == "timestamp without time zone":
        return pa.types.is_timestamp(found) and found.tz is None
    return simple.get(kind) == found


def _check_lengths(url: str, batch: pa.RecordBatch, columns: list[Column]) -> None:
    """varchar(n) counts bytes."""
    for array, column in zip(batch.columns, columns, strict=True):
        limit = re.fullmatch(r"character(?: varying)?\((\d+)\)", column.kind)
        longest = pc.max(pc.binary_length(array)).as_py() if limit else None
        if longest is not None and longest > int(limit[1]):
            raise CopyError(
                f"{url}: the length of the data column {column.name} is longer than the length "
                f"defined in the table. Table: {limit[1]}, Data: {longest} bytes"
            )
