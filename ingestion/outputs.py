"""Outputs: clean Parquet, one file per delivery, with its lineage; the same bytes on every run."""

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.cards import CardKey, hash_cards
from ingestion.contract import Contract
from ingestion.rows import RawRows

TYPES = {
    "decimal": pa.decimal128(18, 4),
    "quantity": pa.int64(),
    "flag": pa.bool_(),
    "time": pa.timestamp("us"),
    "date": pa.date32(),
}
COMPRESSION = "zstd"
GROUP_ROWS = 100_000
# what pays only over many rows is left out: it costs every column of every small file
FOR_FEW_ROWS = {"compression": "snappy", "use_dictionary": False, "write_statistics": False}
REPEATED = {"text", "currency", "timezone"}  # types whose values repeat: a dictionary pays


@dataclass(frozen=True)
class Lineage:
    """What is added to the rows of one delivery."""

    landing_id: str
    delivered_at: datetime


@dataclass(frozen=True)
class CleanFile:
    """One clean Parquet, in memory or in a file."""

    data: bytes | Path
    sha256: str
    bytes: int
    rows: int

    def facts(self, key: str) -> dict[str, Any]:
        """What the ledger says of it."""
        return {"key": key, "sha256": self.sha256, "bytes": self.bytes, "rows": self.rows}


def clean_schema(contract: Contract) -> pa.Schema:
    """The columns of clean Parquet: those of the contract, then the lineage."""
    lineage = [
        ("_landing_id", pa.string()),
        ("_source_row", pa.int64()),
        ("_delivered_at", pa.timestamp("us")),
    ]
    return pa.schema([(c.name, TYPES.get(c.type, pa.string())) for c in contract.columns] + lineage)


def small_files(
    rows: pa.RecordBatchReader,
    contract: Contract,
    source: RawRows,
    lineages: list[Lineage],
    key: CardKey,
) -> list[CleanFile | None]:
    """A file per delivery of a call, cut out of the rows of all; None for one without rows."""
    whole = _hash_cards(rows.read_all().combine_chunks(), contract, key)
    cuts = np.searchsorted(whole["_row"].to_numpy(), source.bounds)
    files: list[CleanFile | None] = []
    for place, lineage in enumerate(lineages):
        begin, end = int(cuts[place]), int(cuts[place + 1])
        if begin == end:
            files.append(None)
            continue
        buffer = io.BytesIO()
        table = _finish(whole.slice(begin, end - begin), contract, source, lineage)
        pq.write_table(table, buffer, **FOR_FEW_ROWS)
        data = buffer.getvalue()
        files.append(CleanFile(data, hashlib.sha256(data).hexdigest(), len(data), end - begin))
    return files


def big_file(
    rows: Iterable[pa.Table],
    contract: Contract,
    source: RawRows,
    lineage: Lineage,
    key: CardKey,
    scratch: Path,
) -> CleanFile | None:
    """The rows of one big delivery, streamed into a file in `scratch`; None for none."""
    path, written = scratch / "clean.parquet", 0
    repeated = [c.name for c in contract.columns if c.type in REPEATED or c.pii]
    ordered = [c.name for c in contract.columns if c.type in TYPES]
    with pq.ParquetWriter(
        path,
        clean_schema(contract),
        compression=COMPRESSION,
        use_dictionary=repeated,
        write_statistics=ordered,
    ) as writer:
        for group in _row_groups(rows):
            table = _hash_cards(group, contract, key)
            writer.write_table(_finish(table, contract, source, lineage))
            written += table.num_rows
    if not written:
        return None
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return CleanFile(path, digest, path.stat().st_size, written)


def _row_groups(rows: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Rows in tables of at least GROUP_ROWS, the last one excepted."""
    group: list[pa.Table] = []
    for table in rows:
        group.append(table)
        if sum(t.num_rows for t in group) >= GROUP_ROWS:
            yield pa.concat_tables(group)
            group = []
    if any(t.num_rows for t in group):
        yield pa.concat_tables(group)


def _hash_cards(rows: pa.Table, contract: Contract, key: CardKey) -> pa.Table:
    for column in contract.columns:
        if column.type == "card":
            cards = rows[column.name].combine_chunks()
            place = rows.schema.get_field_index(column.name)
            rows = rows.set_column(place, column.name, hash_cards(cards, key))
    return rows


def _finish(rows: pa.Table, contract: Contract, source: RawRows, lineage: Lineage) -> pa.Table:
    """Rows with their lineage, in the columns and types of clean Parquet."""
    count = rows.num_rows
    columns = [
        *(rows[c.name] for c in contract.columns),
        pa.repeat(lineage.landing_id, count),
        pa.array(source.numbers[rows["_row"].to_numpy()]),
        pa.repeat(pa.scalar(lineage.delivered_at, pa.timestamp("us")), count),
    ]
    schema = clean_schema(contract)
    arrays = [c.cast(kind) for c, kind in zip(columns, schema.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
