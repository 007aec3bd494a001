"""Rows: the raw rows of some deliveries of one contract, as Arrow tables.

Columns: _file (place of the delivery in the call), _row (key of the row, 0-based through all
deliveries), _delivered_at, _comma (decimal comma), every column of the contract as text, trimmed
and null when blank or missing, and _trimmed (values that had blanks around them).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ingestion.contract import Contract
from ingestion.parsing.delivery import Delivery
from ingestion.parsing.lines import WHITESPACE
from ingestion.parsing.table import BLOCK, Table


@dataclass(frozen=True)
class Input:
    """One delivery: what it holds, when (naive UTC), and whether a decimal comma is declared."""

    delivery: Delivery
    delivered_at: datetime
    decimal_comma: bool


@dataclass(frozen=True)
class RawRows:
    """The parsed `records`, the `bulk` that is still to be read, and how row keys map back.

    `numbers` is the source line of each row key; `bounds` the first key of each delivery, and the
    end.
    """

    records: pa.Table
    bulk: list["_Part"]
    numbers: np.ndarray
    bounds: np.ndarray
    contract: Contract

    def batches(self) -> Iterator[pa.Table]:
        """All rows, the bulk block by block."""
        for part in self.bulk:
            key = part.key
            for block in _blocks(part.table.bulk):
                rows = _read_block(block, part, key, self.contract)
                yield rows
                key += rows.num_rows
        if self.records.num_rows:
            yield self.records


@dataclass(frozen=True)
class _Part:
    """Rows of one table: its delivery's place in the call, and its first row key."""

    place: int
    key: int
    table: Table
    given: Input

    @property
    def has_comma(self) -> bool:
        """Programs separate columns by semicolons exactly where the comma is the decimal mark."""
        return self.given.decimal_comma or self.table.delimiter == ";"


def build_rows(inputs: list[Input]) -> RawRows:
    """Lay out the rows of `inputs`."""
    contract = inputs[0].delivery.contract
    bulk: list[_Part] = []
    parts: list[_Part] = []
    numbers, bounds, key = [np.empty(0, dtype=np.int64)], [0], 0
    for place, given in enumerate(inputs):
        for table, offset in zip(given.delivery.tables, given.delivery.offsets, strict=True):
            if table.bulk:
                bulk.append(_Part(place, key, table, given))
                numbers.append(table.bulk_numbers + offset)
                key += len(table.bulk_numbers)
            parts.append(_Part(place, key, table, given))
            numbers.append(table.numbers + offset)
            key += len(table.records)
        bounds.append(key)
    records = _trim(_records(parts, contract), contract)
    return RawRows(records, bulk, np.concatenate(numbers), np.array(bounds), contract)


def _records(parts: list[_Part], contract: Contract) -> pa.Table:
    """All parsed records, column by column."""
    counts = [len(part.table.records) for part in parts]
    values: dict[str, list[str | None]] = {c.name: [] for c in contract.columns}
    for part, count in zip(parts, counts, strict=True):
        by_place = list(zip(*part.table.records, strict=True))
        for name, found in values.items():
            where = part.table.header.positions.get(name)
            found.extend(by_place[where] if where is not None and count else [None] * count)
    lineage = _lineage(parts, counts, [part.key for part in parts])
    return pa.table(lineage | {n: pa.array(found, pa.string()) for n, found in values.items()})


def _lineage(parts: list[_Part], counts: list[int], firsts: list[int]) -> dict[str, np.ndarray]:
    """The columns of rows that are no values: so many per part, whose keys begin there."""
    moments = np.array([part.given.delivered_at for part in parts], dtype="datetime64[us]")
    keys = [np.arange(first, first + n) for first, n in zip(firsts, counts, strict=True)]
    return {
        "_file": np.repeat(np.array([p.place for p in parts], dtype=np.int32), counts),
        "_row": np.concatenate(keys),
        "_delivered_at": np.repeat(moments, counts),
        "_comma": np.repeat(np.array([p.has_comma for p in parts]), counts),
    }


def _blocks(pieces: list[memoryview]) -> Iterator[bytes]:
    """Pieces joined to blocks of about BLOCK bytes."""
    block: list[memoryview] = []
    size = 0
    for piece in pieces:
        if block and size + len(piece) > BLOCK:
            yield b"".join(block)
            block, size = [], 0
        block.append(piece)
        size += len(piece)
    yield b"".join(block)


def _read_block(block: bytes, part: _Part, key: int, contract: Contract) -> pa.Table:
    """The rows of plain lines, the first of which has this key.

    A quote in them is around a whole value, and they are UTF-8 already.
    """
    places = part.table.header.positions
    names = [f"c{i}" for i in range(part.table.header.width)]
    found = csv.read_csv(
        pa.BufferReader(block),
        read_options=csv.ReadOptions(
            use_threads=False, block_size=len(block) + 1, column_names=names
        ),
        parse_options=csv.ParseOptions(delimiter=part.table.delimiter, double_quote=False),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            include_columns=[names[place] for place in places.values()],
        ),
    )
    missing = pa.nulls(found.num_rows, pa.string())
    values = {c.name: missing for c in contract.columns}
    values |= {name: found[names[place]] for name, place in places.items()}
    rows = pa.table(_lineage([part], [found.num_rows], [key]) | values)
    if part.table.bulk_padded:
        return _trim(rows, contract)
    return rows.append_column("_trimmed", pa.array(np.zeros(rows.num_rows, dtype=np.int32)))


def _trim(rows: pa.Table, contract: Contract) -> pa.Table:
    """Trim every value, null when blank, and count per row how many had blanks around them."""
    changed = pa.array(np.zeros(rows.num_rows, dtype=np.int32))
    for column in contract.columns:
        values = rows[column.name]
        trimmed = pc.utf8_trim(values, characters=WHITESPACE + "\n")
        is_changed = pc.fill_null(pc.not_equal(values, trimmed), False)
        changed = pc.add(changed, is_changed.cast(pa.int32()))
        place = rows.schema.get_field_index(column.name)
        blank = pc.equal(trimmed, "")
        rows = rows.set_column(place, column.name, pc.if_else(blank, None, trimmed))
    return rows.append_column("_trimmed", changed)
