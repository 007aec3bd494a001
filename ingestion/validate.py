"""Validate: give the raw rows of many small deliveries, or of a big one, their types, in DuckDB.

Rows that fit the contract come back as Arrow in the order of the deliveries, the others as refused
values with their reason code; counts, sums and repairs come back per delivery.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.contract import Contract
from ingestion.rows import RawRows
from ingestion.rules import MACROS, Rule, rules, time_zones

BATCH_ROWS = 100_000


@dataclass(frozen=True)
class Summary:
    """Facts of one delivery's rows: `odd` ones needed a second look, `refused` ones broke a rule.

    Everything from `trimmed` on is of the rows that fit; `money` is the sum of their price column.
    """

    rows: int = 0
    odd: int = 0
    refused: int = 0
    trimmed: int = 0
    repairs: dict[str, int] = field(default_factory=dict)
    duplicate_keys: int = 0
    money: Decimal | None = None
    restaurants: tuple[str, ...] = ()
    first_created_at: datetime | None = None
    last_created_at: datetime | None = None


@dataclass(frozen=True)
class Refusal:
    """One value that breaks a rule: the key of its row, its column, and the reason code.

    `is_personal`: a personal column of the row holds the same value.
    """

    row: int
    column: str
    value: str | None
    code: str
    is_personal: bool


def connect() -> duckdb.DuckDBPyConnection:
    """A DuckDB for cleaning: one thread (files run in parallel, and row order must hold), UTC."""
    connection = duckdb.connect(config={"threads": 1, "preserve_insertion_order": True})
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(MACROS)
    connection.execute("create temp table time_zones as select unnest(?) as name", [time_zones()])
    return connection


def define_rows(
    connection: duckdb.DuckDBPyConnection, contract: Contract, source: RawRows
) -> dict[int, Summary]:
    """Make the relation `typed` of these rows and sum it up per delivery (its place in the call).

    A relation of files is read again by each query, so that big deliveries need no memory.
    """
    connection.register("records", source.records)
    # for few rows the optimizer takes longer than the query
    connection.execute(f"pragma {'enable' if source.is_big else 'disable'}_optimizer")
    typed = _typed_sql(contract, source.sql)
    if not source.is_big:
        connection.execute(f"create or replace temp table typed_rows as {typed}")
        typed = "select * from typed_rows"
    connection.execute(f"create or replace temp view typed as {typed}")
    return _summaries(connection, contract)


def find_refusals(connection: duckdb.DuckDBPyConnection, contract: Contract) -> list[Refusal]:
    """Every value of `typed` that breaks a rule, by row and in the order of the columns."""
    connection.execute("create or replace temp table refused as select * from typed where _bad")
    personal = ", ".join(f'"{c.name}"' for c in contract.columns if c.pii) or "null"
    selects = [
        f"""select _row, {place} as place, '{name}' as name, "{name}" as value, {rule.code} as code,
            coalesce("{name}" in ({personal}), false) as is_personal
        from refused where {rule.refused}"""
        for place, (name, rule) in enumerate(rules(contract).items())
    ]
    query = (
        f"select _row, name, value, code, is_personal from ({' union all '.join(selects)}) "
        "order by _row, place"
    )
    return [Refusal(*row) for row in connection.execute(query).fetchall()]


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    source: RawRows,
    summaries: Iterable[Summary],
) -> pa.RecordBatchReader:
    """The rows that fit, in the order of their keys: _row, then the contract's columns, typed.

    What the summaries have shown to be plain throughout is not looked at again.
    """
    order = "" if source.is_big else "order by _row"
    if source.is_big and not any(summary.odd for summary in summaries):
        columns = ", ".join(f'{r.cast} as "{n}"' for n, r in rules(contract).items())
        query = f"select _row, {columns} from ({source.sql})"
    else:
        columns = ", ".join(f'v_{c.name} as "{c.name}"' for c in contract.columns)
        query = f"select _row, {columns} from typed where not _bad {order}"
    return connection.execute(query).to_arrow_reader(BATCH_ROWS)


def _typed_sql(contract: Contract, source: str) -> str:
    """The raw columns, the typed ones as v_<name>, and whether the row breaks any rule.

    A row is `_odd` when any value needs a second look. Only for such rows are the dear rules
    evaluated: `case` does not touch a branch that no row takes.
    """
    made = rules(contract)
    plain = ", ".join(f"{r.plain} as p_{n}" for n, r in made.items())
    bare = "".join(
        f", case when not p_{n} then {r.bare} end as b_{n}" for n, r in made.items() if r.bare
    )
    values = ", ".join(f"{_value(n, r)} as v_{n}" for n, r in made.items())
    odd = " or ".join(condition for n, r in made.items() for condition in _doubts(n, r))
    bad = " or ".join(rule.refused for rule in made.values())
    return f"""
        select *, case when _odd then {bad} else false end as _bad
        from (select *, coalesce({odd}, false) as _odd
        from (select *, {values}
        from (select *{bare}
        from (select *, {plain} from ({source})))))"""


def _value(name: str, rule: Rule) -> str:
    """The typed value; a plain one is spared the dear way."""
    if rule.cast == rule.value:
        return rule.cast
    return f"case when p_{name} then {rule.cast} else {rule.value} end"


def _doubts(name: str, rule: Rule) -> Iterator[str]:
    """When a value needs a second look; null, which is no doubt, for a blank that is allowed."""
    yield f"not p_{name}"
    if rule.fits:
        yield f"not ({rule.fits})"
    if rule.required:
        yield f'"{name}" is null'


def _summaries(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[int, Summary]:
    facts = {
        "rows": "count(*)",
        "odd": "count(*) filter (_odd)",
        "refused": "count(*) filter (_bad)",
        "trimmed": "sum(_trimmed)::bigint",
        "keys": _count_keys(contract, "hash"),
        "money": _of_good(f"sum(v_{contract.money})" if contract.money else "null::decimal"),
        "restaurants": _of_good(_if_column(contract, "restaurant_id", "list(distinct {})")),
        "first_created_at": _of_good(_if_column(contract, "created_at", "min({})")),
        "last_created_at": _of_good(_if_column(contract, "created_at", "max({})")),
    }
    repairs = _repairs(contract)
    selected = ", ".join(f"{sql} as {name}" for name, sql in (facts | repairs).items())
    query = f"select _file, {selected} from typed group by _file"
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if any(row["keys"] < row["rows"] - row["refused"] for row in rows):
        _count_keys_exactly(connection, contract, rows)
    return {row["_file"]: _summary(row, list(repairs)) for row in rows}


def _summary(row: dict[str, Any], repairs: list[str]) -> Summary:
    counts = {kind: row[kind] for kind in repairs if row[kind]}
    return Summary(
        rows=row["rows"],
        odd=row["odd"],
        refused=row["refused"],
        trimmed=row["trimmed"],
        repairs=counts,
        duplicate_keys=row["rows"] - row["refused"] - row["keys"],
        money=row["money"],
        restaurants=tuple(sorted(row["restaurants"] or ())),
        first_created_at=row["first_created_at"],
        last_created_at=row["last_created_at"],
    )


def _of_good(aggregate: str) -> str:
    return aggregate if aggregate.startswith("null") else f"{aggregate} filter (not _bad)"


def _if_column(contract: Contract, name: str, aggregate: str) -> str:
    has_it = any(c.name == name for c in contract.columns)
    return aggregate.format(f"v_{name}") if has_it else "null"


def _count_keys(contract: Contract, combine: str) -> str:
    """Distinct keys of the rows that fit; equal hashes are only a hint, unequal ones a proof."""
    if not contract.key:
        return "count(*) filter (not _bad)"
    key = ", ".join(f"v_{name}" for name in contract.key)
    return f"count(distinct {combine}({key})) filter (not _bad)"


def _count_keys_exactly(
    connection: duckdb.DuckDBPyConnection, contract: Contract, rows: list[dict[str, Any]]
) -> None:
    counted = _count_keys(contract, "row")
    query = f"select _file, {counted} from typed group by _file"
    exact = dict(connection.execute(query).fetchall())
    for row in rows:
        row["keys"] = exact[row["_file"]]


def _repairs(contract: Contract) -> dict[str, str]:
    """Per kind of repair: how many values of rows that fit were repaired."""
    conditions: dict[str, list[str]] = {}
    for rule in rules(contract).values():
        for kind, condition in rule.repairs.items():
            conditions.setdefault(kind, []).append(condition)
    return {
        kind: " + ".join(
            f"sum(case when _odd and not _bad then ({c})::int else 0 end)" for c in found
        )
        for kind, found in conditions.items()
    }
