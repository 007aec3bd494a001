"""Validate: give the raw rows of many small deliveries, or a part of a big one, types, in DuckDB.

Rows that fit the contract come back as Arrow in the order of the deliveries, the others as refused
values with their reason code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from ingestion.contract import Contract
from ingestion.rules import MACROS, Rule, rules, time_zones

BATCH_ROWS = 100_000
FEW_ROWS = 30_000  # for which the optimizer takes longer than the query


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
    # it makes a hash join of every `in` list, for all rows, also of one that no row ever gets to
    connection.execute("set disabled_optimizers = 'in_clause'")
    connection.execute(MACROS)
    connection.execute("create temp table time_zones as select unnest(?) as name", [time_zones()])
    return connection


def define_rows(connection: duckdb.DuckDBPyConnection, contract: Contract, rows: pa.Table) -> None:
    """Make the relation `typed` of these raw rows."""
    connection.register("records", rows)
    way = "enable" if rows.num_rows > FEW_ROWS else "disable"
    connection.execute(f"pragma {way}_optimizer")
    connection.execute(f"create or replace temp table typed as {_typed_sql(contract)}")


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


def read_rows(connection: duckdb.DuckDBPyConnection, contract: Contract) -> pa.RecordBatchReader:
    """The rows of `typed` that fit, in the order of their keys: _row, then the typed columns."""
    query = f"select _row, {_typed_columns(contract)} from typed where not _bad order by _row"
    return connection.execute(query).to_arrow_reader(BATCH_ROWS)


def _typed_columns(contract: Contract) -> str:
    return ", ".join(f'v_{c.name} as "{c.name}"' for c in contract.columns)


def _typed_sql(contract: Contract) -> str:
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
    sound = " and ".join(condition for n, r in made.items() for condition in _proofs(n, r))
    bad = " or ".join(rule.refused for rule in made.values())
    return f"""
        select *, case when _odd then {bad} else false end as _bad
        from (select *, not coalesce({sound}, true) as _odd
        from (select *, {values}
        from (select *{bare}
        from (select *, {plain} from records))))"""


def _value(name: str, rule: Rule) -> str:
    """The typed value; a plain one is spared the dear way."""
    if rule.cast == rule.value:
        return rule.cast
    return f"case when p_{name} then {rule.cast} else {rule.value} end"


def _proofs(name: str, rule: Rule) -> Iterator[str]:
    """What spares a value the second look; null, which is no doubt, for a blank that is allowed."""
    yield f"p_{name}"
    if rule.fits:
        yield f"({rule.fits})"
    if rule.required:
        yield f'"{name}" is not null'
