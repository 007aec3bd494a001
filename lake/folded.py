"""The landings that normalize folded in and what became of each: one table, in files by month.

`current.json` names the files: month of landing -> key and sha256. A run reads all of them, and
writes anew, under keys of its own, the months in which it changes a landing. They are Arrow files,
since every run reads the whole history: as Parquet, with so few rows each, it takes four times as
long.
"""

import errno
import hashlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from lake import layout
from lake.errors import LakeReadError
from lake.store import Store

READERS = 8
SPAN = ("low_order_id", "high_order_id", "first_date", "last_date")
SCHEMA = pa.schema(
    [
        ("landing_id", pa.string()),
        ("file_id", pa.string()),
        ("entity", pa.string()),
        ("sha256", pa.string()),
        ("modified_at", pa.string()),
        ("version", pa.int64()),
        ("landed_at", pa.string()),
        ("rows", pa.int64()),
        ("loaded", pa.bool_()),
        ("state", pa.string()),
        *((name, pa.string()) for name in SPAN),  # null: no line of it is in normalized
    ]
)
COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")

Files = dict[str, dict[str, str]]  # month -> key, sha256


def read_folded(
    store: Store, current: dict[str, Any], columns: Iterable[str] = SCHEMA.names
) -> pa.Table:
    """One row per landing that `current.json` knows, with these columns of SCHEMA.

    Raises LakeReadError when a file is missing or is not the one that `current.json` names, or when
    an older version of the program wrote `current.json`.
    """
    files = current.get("landings", {}).values()
    schema = pa.schema([SCHEMA.field(name) for name in columns])
    with ThreadPoolExecutor(READERS) as pool:
        found = list(pool.map(lambda file: _read(store, file, schema.names), files))
    return pa.concat_tables([schema.empty_table(), *found]).combine_chunks()


def write_folded(
    store: Store, run_id: str, held: pa.Table, files: Files, changed: Iterable[dict[str, Any]]
) -> Files:
    """The files after a run: those of the months of `changed` rows written anew, others as held.

    A row of `changed` replaces that of the same landing in `held`, the table of `files`.
    """
    by_month: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in changed:
        by_month[row["landed_at"][:7]].append(row)
    months = pc.utf8_slice_codeunits(held["landed_at"], 0, 7)
    written = {}
    for month, rows in by_month.items():
        before = held.filter(pc.equal(months, month))
        kept = before.filter(pc.invert(is_any_of(before["landing_id"], [*map(_id, rows)])))
        table = pa.concat_tables([kept, pa.Table.from_pylist(rows, SCHEMA)])
        written[month] = _write(store, layout.folded(month, run_id), table)
    return dict(sorted((files | written).items()))


def related(
    held: pa.Table, file_ids: Iterable[str], sha256s: Iterable[str]
) -> list[dict[str, Any]]:
    """Every landing of these files, and of the files that ever had bytes as theirs or `sha256s`.

    Enough to decide which landing counts of the files, and of the bytes.
    """
    own = held.filter(is_any_of(held["file_id"], file_ids))
    alike = is_any_of(held["sha256"], {*sha256s, *own["sha256"].to_pylist()})
    others = held.filter(alike)["file_id"].to_pylist()
    return held.filter(is_any_of(held["file_id"], {*file_ids, *others})).to_pylist()


def is_any_of(column: pa.ChunkedArray, values: Iterable[str]) -> pa.ChunkedArray:
    """A mask of the values of a column of text that are among `values`."""
    return pc.is_in(column, value_set=pa.array(list(values), pa.string()))


def _read(store: Store, file: dict[str, Any], columns: list[str]) -> pa.Table:
    if "key" not in file:
        raise LakeReadError(
            errno.EINVAL,
            f"{layout.CURRENT} was written by an older version of this program, which kept in it "
            "what it knew of landings. Remove it: the next run of normalize rebuilds everything.",
        )
    try:
        data = store.read(file["key"])
    except FileNotFoundError:
        data = b""
    if hashlib.sha256(data).hexdigest() != file["sha256"]:
        raise LakeReadError(
            errno.EIO,
            f"{file['key']} is missing or is not the file that {layout.CURRENT} names. Nothing was "
            f"written. Restore it, or remove {layout.CURRENT}: the next run rebuilds everything.",
        )
    options = pa.ipc.IpcReadOptions(included_fields=[*map(SCHEMA.get_field_index, columns)])
    return pa.ipc.open_file(data, options=options).read_all().select(columns)


def _write(store: Store, key: str, table: pa.Table) -> dict[str, str]:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, SCHEMA, options=COMPRESSED) as file:
        file.write_table(table.sort_by("landing_id").combine_chunks())
    data = sink.getvalue().to_pybytes()
    store.create(key, data)
    return {"key": key, "sha256": hashlib.sha256(data).hexdigest()}


def _id(row: dict[str, Any]) -> str:
    return row["landing_id"]
