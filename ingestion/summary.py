"""Summaries: what the rows of a delivery hold, added up; of a big one, out of the written file.

The rows of a big delivery are read once, so they are counted while they go by (`Counts`), and what
the good ones hold is read back from their Parquet: it is what was written that is added up.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ingestion.contract import Contract
from ingestion.rules import rules

# An order belongs to the day of its first line. Every clock differs from UTC by a number of whole
# quarters of an hour. Two orders of one hash would only hide the later one's.
QUARTERS = """
    select _file, list(distinct quarter) from (
        select _file, min(epoch_us(v_created_at)) // 900000000 as quarter
        from {relation} where not _bad group by _file, hash(v_order_id)
    ) group by _file
"""


@dataclass
class Counts:
    """Rows of a delivery; `refused` ones broke a rule.

    `trimmed` counts the values that had blanks around them; `repairs`, of rows that fit, by kind.
    """

    rows: int = 0
    refused: int = 0
    trimmed: int = 0
    repairs: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Summary:
    """Facts of one delivery's rows; `money` is the sum of their price column.

    `quarters` are the quarters of an hour since 1970 in which orders were begun.

    Everything from `repairs` on is of the rows that fit.
    """

    rows: int = 0
    refused: int = 0
    trimmed: int = 0
    repairs: dict[str, int] = field(default_factory=dict)
    duplicate_keys: int = 0
    money: Decimal | None = None
    restaurants: tuple[str, ...] = ()
    first_created_at: datetime | None = None
    last_created_at: datetime | None = None
    quarters: tuple[int, ...] = ()


def sum_up_rows(connection: duckdb.DuckDBPyConnection, contract: Contract) -> dict[int, Summary]:
    """The rows of the relation `typed`, per delivery (its place in the call)."""
    counts = {
        "rows": "count(*)",
        "refused": "count(*) filter (_bad)",
        "trimmed": "sum(_trimmed)::bigint",
    }
    repairs = _repairs(contract)
    found = _add_up(connection, counts | repairs | _contents(contract), "typed")
    _correct_keys(connection, contract, found, "typed")
    _add_quarters(connection, contract, found, "typed")
    return {place: _summary(facts, repairs) for place, facts in found.items()}


def sum_up_file(
    connection: duckdb.DuckDBPyConnection, contract: Contract, counts: Counts, path: Path | None
) -> Summary:
    """The rows of one big delivery, the good ones of which are in the Parquet `path`."""
    facts: dict[str, Any] = {n: getattr(counts, n) for n in ("rows", "refused", "trimmed")}
    if not path:
        return Summary(**facts)
    columns = ", ".join(f'"{c.name}" as v_{c.name}' for c in contract.columns)
    quoted = str(path).replace("'", "''")
    connection.execute("pragma enable_optimizer")  # so that only the columns needed are read
    connection.execute(
        f"create or replace temp view written as select 0 as _file, false as _bad, {columns} "
        f"from read_parquet('{quoted}')"
    )
    found = {0: facts | counts.repairs | _add_up(connection, _contents(contract), "written")[0]}
    _correct_keys(connection, contract, found, "written")
    _add_quarters(connection, contract, found, "written")
    return _summary(found[0], counts.repairs)


def count_repairs(
    connection: duckdb.DuckDBPyConnection, contract: Contract
) -> tuple[int, dict[str, int]]:
    """Of the relation `typed`, of one delivery: how many rows are refused; repairs by kind."""
    aggregates = {"refused": "count(*) filter (_bad)"} | _repairs(contract)
    facts = _add_up(connection, aggregates, "typed")[0]
    return facts.pop("refused"), facts


def _add_up(
    connection: duckdb.DuckDBPyConnection, facts: dict[str, str], relation: str
) -> dict[int, dict[str, Any]]:
    """The aggregates `facts` of a relation, per place."""
    selected = ", ".join(f"{sql} as {name}" for name, sql in facts.items())
    found = connection.execute(f"select _file, {selected} from {relation} group by _file")
    return {row[0]: dict(zip(facts, row[1:], strict=True)) for row in found.fetchall()}


def _summary(facts: dict[str, Any], repairs: Iterable[str]) -> Summary:
    return Summary(
        rows=facts["rows"],
        refused=facts["refused"],
        trimmed=facts["trimmed"],
        repairs={kind: facts[kind] for kind in repairs if facts[kind]},
        duplicate_keys=facts["rows"] - facts["refused"] - facts["keys"],
        money=facts["money"],
        restaurants=tuple(sorted(facts["restaurants"] or ())),
        first_created_at=facts["first_created_at"],
        last_created_at=facts["last_created_at"],
        quarters=tuple(sorted(facts.get("quarters", ()))),
    )


def _contents(contract: Contract) -> dict[str, str]:
    """What the rows that fit hold."""
    return {
        "keys": _count_keys(contract, "hash"),
        "money": _of_good(f"sum(v_{contract.money})" if contract.money else "null::decimal"),
        "restaurants": _of_good(_if_column(contract, "restaurant_id", "list(distinct {})")),
        "first_created_at": _of_good(_if_column(contract, "created_at", "min({})")),
        "last_created_at": _of_good(_if_column(contract, "created_at", "max({})")),
    }


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


def _correct_keys(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    found: dict[int, dict[str, Any]],
    relation: str,
) -> None:
    """Count the keys exactly where hashes say that some are equal."""
    if all(facts["keys"] == facts["rows"] - facts["refused"] for facts in found.values()):
        return
    exact = _add_up(connection, {"keys": _count_keys(contract, "row")}, relation)
    for place, facts in found.items():
        facts["keys"] = exact[place]["keys"]


def _add_quarters(
    connection: duckdb.DuckDBPyConnection,
    contract: Contract,
    found: dict[int, dict[str, Any]],
    relation: str,
) -> None:
    if all(c.name != "created_at" for c in contract.columns):
        return
    query = QUARTERS.format(relation=relation)
    for place, quarters in connection.execute(query).fetchall():
        found[place]["quarters"] = quarters


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
