"""Rows: the raw rows of some deliveries of one contract as the DuckDB relation `source`.

Columns: _file (place of the delivery in the call), _row (key of the row, 0-based through all
deliveries), _delivered_at, _comma (decimal comma), _trimmed (values that had blanks around them),
then every column of the contract as VARCHAR, null when blank or missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.contract import Contract
from ingestion.parsing.delivery import Delivery
from ingestion.parsing.lines import WHITESPACE
from ingestion.parsing.table import Table

LONGEST_LINE = 4 << 20


@dataclass(frozen=True)
class Input:
    """One delivery: what it holds, when (naive UTC), and whether a decimal comma is declared."""

    delivery: Delivery
    delivered_at: datetime
    decimal_comma: bool


@dataclass(frozen=True)
class RawRows:
    """The relation's SQL, the Arrow table `records` that it reads, and how row keys map back.

    `numbers` is the source line of each row key; `bounds` the first key of each delivery, and the
    end. `is_big` says that rows are in files, to be streamed rather than kept.
    """

    sql: str
    records: pa.Table
    numbers: np.ndarray
    bounds: np.ndarray
    is_big: bool


def build_rows(inputs: list[Input], scratch: Path) -> RawRows:
    """Lay out the rows of `inputs`; big texts are written to files in `scratch`."""
    contract = inputs[0].delivery.contract
    selects = [_records_select(contract)]
    parts: list[_Part] = []
    numbers, bounds, key = [np.empty(0, dtype=np.int64)], [0], 0
    for place, given in enumerate(inputs):
        for table, offset in zip(given.delivery.tables, given.delivery.offsets, strict=True):
            if table.bulk:
                path = scratch / f"bulk-{key}.csv"
                with path.open("wb", buffering=1 << 20) as file:
                    file.writelines(table.bulk)
                selects.append(_bulk_select(path, place, key, table, given))
                numbers.append(table.bulk_numbers + offset)
                key += len(table.bulk_numbers)
            parts.append(_Part(place, key, table, given))
            numbers.append(table.numbers + offset)
            key += len(table.records)
        bounds.append(key)
    records = _trim(_records(parts, contract), contract)
    is_big = len(selects) > 1
    sql = " union all ".join(selects[1:] + selects[:1])
    return RawRows(sql, records, np.concatenate(numbers), np.array(bounds), is_big)


@dataclass(frozen=True)
class _Part:
    """The parsed records of one table: its delivery's place in the call, and its first row key."""

    place: int
    key: int
    table: Table
    given: Input

    @property
    def has_comma(self) -> bool:
        """Programs separate columns by semicolons exactly where the comma is the decimal mark."""
        return self.given.decimal_comma or self.table.delimiter == ";"


def _records(parts: list[_Part], contract: Contract) -> pa.Table:
    """All parsed records, column by column."""
    counts = [len(part.table.records) for part in parts]
    keys = [np.arange(p.key, p.key + n) for p, n in zip(parts, counts, strict=True)]
    values: dict[str, list[str | None]] = {c.name: [] for c in contract.columns}
    for part, count in zip(parts, counts, strict=True):
        by_place = list(zip(*part.table.records, strict=True))
        for name, found in values.items():
            where = part.table.header.positions.get(name)
            found.extend(by_place[where] if where is not None and count else [None] * count)
    moments = np.array([part.given.delivered_at for part in parts], dtype="datetime64[us]")
    lineage = {
        "_file": np.repeat(np.array([p.place for p in parts], dtype=np.int32), counts),
        "_row": np.concatenate(keys),
        "_delivered_at": np.repeat(moments, counts),
        "_comma": np.repeat(np.array([p.has_comma for p in parts]), counts),
    }
    return pa.table(lineage | {n: pa.array(found, pa.string()) for n, found in values.items()})


def _trim(records: pa.Table, contract: Contract) -> pa.Table:
    """Trim every value, and count per record how many had blanks around them."""
    changed = pa.array(np.zeros(records.num_rows, dtype=np.int32))
    for column in contract.columns:
        values = records[column.name]
        trimmed = pc.utf8_trim(values, characters=WHITESPACE + "\n")
        is_changed = pc.fill_null(pc.not_equal(values, trimmed), False)
        changed = pc.add(changed, is_changed.cast(pa.int32()))
        place = records.schema.get_field_index(column.name)
        records = records.set_column(place, column.name, trimmed)
    return records.append_column("_trimmed", changed)


def _records_select(contract: Contract) -> str:
    values = ", ".join(f'nullif("{c.name}", \'\') as "{c.name}"' for c in contract.columns)
    return f"select _file, _row, _delivered_at, _comma, _trimmed, {values} from records"


def _bulk_select(path: Path, place: int, key: int, table: Table, given: Input) -> str:
    """The plain lines of a big text, read by DuckDB: a quote in them is around a whole value.

    In parallel it would begin to read anywhere, also inside of a value that looks like lines.
    """
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(table.header.width))
    where = table.header.positions
    names = [c.name for c in table.header.contract.columns]
    raw = {name: f"c{where[name]}" if name in where else "null::varchar" for name in names}
    values = ", ".join(_values(raw, table.bulk_padded))
    quoted = str(path).replace("'", "''")
    return (
        f"select {place}::integer as _file, row_number() over () - 1 + {key} as _row, "
        f"timestamp '{given.delivered_at.isoformat()}' as _delivered_at, "
        f"{_Part(place, key, table, given).has_comma} as _comma, {values} "
        f"from read_csv('{quoted}', auto_detect = false, header = false, "
        f"delim = '{table.delimiter}', quote = '\"', escape = '', new_line = '\\n', "
        f"parallel = false, max_line_size = {LONGEST_LINE}, columns = {{{columns}}})"
    )


def _values(raw: dict[str, str], padded: bool) -> Iterator[str]:
    """The number of values that have blanks around them, then each value trimmed, null if blank."""
    if not padded:
        yield "0 as _trimmed"
        yield from (f'{sql} as "{name}"' for name, sql in raw.items())
        return
    trims = {name: f"trim({sql}, '{WHITESPACE}')" for name, sql in raw.items()}
    changed = (f"coalesce(({sql} <> {trims[name]})::integer, 0)" for name, sql in raw.items())
    yield f"({' + '.join(changed)})::integer as _trimmed"
    yield from (f"nullif({trim}, '') as \"{name}\"" for name, trim in trims.items())
