"""Two warehouses compared row by row: every relation of the marts, its columns and its values."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

SHOWN = 3
RELATIONS = (
    "select table_schema, table_name from information_schema.tables "
    "where table_schema in ({}) order by table_schema, table_name"
)
COLUMNS = (
    "select column_name, data_type from information_schema.columns "
    "where table_schema = '{}' and table_name = '{}' order by ordinal_position"
)
KINDS = {  # the names of types as Redshift's catalog says them
    "text": "character varying",  # Postgres' type of an expression over texts
    "double": "double precision",
    "timestamp": "timestamp without time zone",
    "varchar": "character varying",
    "hugeint": "numeric",
}


def differences(duckdb: Any, redshift: Any, schemas: Iterable[str]) -> list[str]:
    """What is not the same in the schemas of both; empty when everything is.

    Both are anything with `execute(sql)` that gives something with `fetchall()`.
    """
    names = ", ".join(f"'{schema}'" for schema in schemas)
    sides = [_rows(side, RELATIONS.format(names)) for side in (duckdb, redshift)]
    found = [f"{'.'.join(r)} is on one side only" for r in sorted(set(sides[0]) ^ set(sides[1]))]
    for schema, name in sorted(set(sides[0]) & set(sides[1])):
        found += _columns(duckdb, redshift, schema, name) or _values(duckdb, redshift, schema, name)
    return found


def _columns(duckdb: Any, redshift: Any, schema: str, name: str) -> list[str]:
    query = COLUMNS.format(schema, name)
    here = [(c, _kind(kind)) for c, kind in _rows(duckdb, query)]
    there = [(c, _kind(kind)) for c, kind in _rows(redshift, query)]
    if here == there:
        return []
    odd = [f"{a} and {b}" for a, b in zip(here, there, strict=False) if a != b]
    return [f"{schema}.{name}: columns differ: {'; '.join(odd) or f'{here} and {there}'}"]


def _values(duckdb: Any, redshift: Any, schema: str, name: str) -> list[str]:
    query = f'select * from {schema}."{name}"'
    here, there = (Counter(map(_plain, _rows(side, query))) for side in (duckdb, redshift))
    if here == there:
        return []
    only_here, only_there = here - there, there - here
    examples = [f"duckdb {row}" for row in sorted(only_here, key=repr)[:SHOWN]]
    examples += [f"redshift {row}" for row in sorted(only_there, key=repr)[:SHOWN]]
    counts = f"{only_here.total()} rows on DuckDB only, {only_there.total()} on Redshift only"
    return [f"{schema}.{name}: {counts} of {here.total()} and {there.total()}: {examples}"]


def _rows(side: Any, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in side.execute(sql).fetchall()]


def _plain(row: tuple[Any, ...]) -> tuple[str | None, ...]:
    """Values as texts; a decimal without trailing zeros: how many it has is the type's affair."""
    return tuple(
        f"{v.normalize():f}" if isinstance(v, Decimal) else None if v is None else repr(v)
        for v in row
    )


def _kind(kind: str) -> str:
    plain = kind.lower().partition("(")[0]
    return KINDS.get(plain, "numeric" if plain == "decimal" else plain)
