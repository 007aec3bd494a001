"""Quarantine: rejected rows with line, column, masked value, reason and remedy."""

import io
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contract import Contract, explain
from ingestion.masking import mask, mask_long_numbers, mask_unless_plain
from ingestion.time_formats import describe

LONGEST_VALUE = 200
SCHEMA = pa.schema(
    [
        ("_landing_id", pa.string()),
        ("source_row", pa.int64()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("message", pa.string()),
        ("remedy", pa.string()),
    ]
)


@dataclass(frozen=True, order=True)
class Reject:
    """One reason why one row was rejected.

    `source_row` is the 1-based line of the row's beginning; `column` is the header the operator
    knows, empty when the row as a whole is wrong; `value` is safe to show. `form` is the declared
    one of the column.
    """

    source_row: int
    reason: str
    column: str = ""
    value: str = ""
    form: str = ""


def make_reject(
    contract: Contract,
    source_row: int,
    reason: str,
    name: str = "",
    value: str | None = None,
    is_personal: bool = False,
) -> Reject:
    """A reject of the column `name`, its value cut to a readable length and made safe to show.

    `is_personal`: the value is that of a personal column of the same row, too.
    """
    if not name:
        return Reject(source_row, reason)
    column = contract.column(name)
    shown = (value or "")[:LONGEST_VALUE]
    if column.pii or is_personal:
        safe = mask(shown)
    elif column.type == "timezone":  # of a restaurant, in a file that knows no customers
        safe = mask_long_numbers(shown)
    else:
        safe = mask_unless_plain(shown)
    form = describe(column.format) if column.format else ""
    return Reject(source_row, reason, column.header, safe, form)


def count_reasons(rejects: list[Reject]) -> dict[str, int]:
    """Rejects per reason code, by code."""
    counts: dict[str, int] = {}
    for reject in sorted(rejects, key=lambda r: r.reason):
        counts[reject.reason] = counts.get(reject.reason, 0) + 1
    return counts


def rejects_parquet(landing_id: str, rejects: list[Reject]) -> bytes:
    """The rejects of one delivery as a Parquet file, in the order of the lines."""
    words = [explain(r.reason, r.column, r.value, r.form) for r in rejects]
    columns = [
        pa.repeat(landing_id, len(rejects)),
        pa.array([r.source_row for r in rejects]),
        pa.array([r.column or None for r in rejects], pa.string()),
        pa.array([r.value if r.column else None for r in rejects], pa.string()),
        pa.array([r.reason for r in rejects]),
        pa.array([w.message for w in words]),
        pa.array([w.remedy for w in words]),
    ]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=SCHEMA), buffer, compression="zstd")
    return buffer.getvalue()
