"""UNLOAD to Parquet: a query's rows as one file below a prefix."""

import io
import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from redshift_standin.backend import Backend
from redshift_standin.parquet import CopyError
from redshift_standin.storage import Storage

STATEMENT = re.compile(
    r"\s*unload\s*\('(?P<query>(?:[^']|'')*)'\)\s*to\s*'(?P<target>[^']*)'(?P<options>.*)",
    re.IGNORECASE | re.DOTALL,
)
ARROW = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
}
NUMERIC = 1700


@dataclass(frozen=True)
class Unload:
    """An UNLOAD statement."""

    query: str
    target: str
    options: str


def read_unload(sql: str) -> Unload | None:
    """The parts of an UNLOAD; None when the statement is another one."""
    found = STATEMENT.match(sql)
    if not found:
        return None
    options = " ".join(found["options"].lower().rstrip("; \n").split())
    return Unload(found["query"].replace("''", "'"), found["target"], options)


async def unload(statement: Unload, query: str, backend: Backend, storage: Storage) -> bytes | None:
    """Write the rows of `query` (in Postgres' SQL); the ErrorResponse of Postgres when it fails.

    Raises CopyError when the statement or the target is refused.
    """
    if "iam_role" not in statement.options or "parquet" not in statement.options:
        raise CopyError("the stand-in unloads with IAM_ROLE and FORMAT AS PARQUET only")
    if storage.list(statement.target) and "allowoverwrite" not in statement.options:
        raise CopyError(f"Specified unload destination on S3 is not empty: {statement.target}")
    described = await backend.run(f"select * from ({query}) as unloaded limit 0")
    if described.error:
        return described.error
    answer = await backend.run(f"copy ({query}) to stdout (format csv, force_quote *)")
    if answer.error:
        return answer.error
    storage.write(
        f"{statement.target}0000_part_00.parquet", _parquet(described.columns, answer.copied)
    )
    return None


def _parquet(columns: list[tuple[str, int, int]], text: bytes) -> bytes:
    from pyarrow import csv as arrow_csv

    kinds = {name: _arrow(oid, modifier) for name, oid, modifier in columns}
    read = {n: pa.string() if pa.types.is_boolean(k) else k for n, k in kinds.items()}
    if not text:
        table = pa.table({n: pa.array([], k) for n, k in kinds.items()})
    else:
        table = arrow_csv.read_csv(
            io.BytesIO(text),
            read_options=arrow_csv.ReadOptions(column_names=list(kinds)),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=read,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
        table = pa.table(
            {
                n: pa.array([None if v is None else v == "t" for v in table[n].to_pylist()], k)
                if pa.types.is_boolean(k)
                else table[n]
                for n, k in kinds.items()
            }
        )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def _arrow(oid: int, modifier: int) -> pa.DataType:
    if oid == NUMERIC:
        precision, scale = (
            ((modifier - 4) >> 16, (modifier - 4) & 0xFFFF) if modifier > 0 else (38, 4)
        )
        return pa.decimal128(precision, scale)
    return ARROW.get(oid, pa.string())
