"""Rows in and out: normalized Parquet as the lake names it, and the marts of a warehouse."""

import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

Rows = list[dict[str, Any]]

TIME, MONEY = pl.Datetime("us"), pl.Decimal(18, 4)
TEXTS = [
    "order_id",
    "lineitem_id",
    "order_restaurant_id",
    "user_id",
    "app_name",
    "currency",
    "item_category",
    "item_name",
]
LINES = {
    **dict.fromkeys(TEXTS, pl.String),
    "is_loyalty": pl.Boolean,
    "item_price": MONEY,
    "item_quantity": pl.Int64,
    **dict.fromkeys(("created_at", "ordered_at", "ordered_at_local"), TIME),
    "business_date": pl.Date,
}
OPTIONS = {
    "order_id": pl.String,
    "lineitem_id": pl.String,
    "option_price": MONEY,
    "option_quantity": pl.Int64,
}
SCHEMAS = {"order_items": LINES, "order_item_options": OPTIONS}


def read_normalized(lake: Path, entity: str) -> pl.DataFrame:
    """The rows that are live now: `current.json` names the run that wrote each business date."""
    current = json.loads((lake / "normalized" / "current.json").read_text())
    frames = [pl.DataFrame(schema=SCHEMAS[entity])]
    for day, facts in current["dates"].items():
        if day == "pending":
            continue
        run = json.loads((lake / "normalized" / "runs" / f"{facts['run_id']}.json").read_text())
        frames += [_read(lake / file["key"], entity) for file in run["touched"][day][entity]]
    return pl.concat(frames)


def _read(path: Path, entity: str) -> pl.DataFrame:
    rows = pl.read_parquet(path).rename({"ordered_on": "business_date"})
    return rows.select(pl.col(name).cast(kind) for name, kind in SCHEMAS[entity].items())


def read_mart(warehouse: Path, mart: str) -> Rows:
    """Every row and column of a mart, but for lineage columns (their names begin with `_`)."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(f"select * from marts.{mart}")
        names = [column[0] for column in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{n: v for n, v in row.items() if not n.startswith("_")} for row in rows]


def read_rows(warehouse: Path, query: str) -> list[tuple]:
    """The rows of a query over the marts."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def differences(found: Rows, expected: Rows, key: tuple[str, ...]) -> list[str]:
    """What differs, in words: missing and surplus rows, columns, and cells; empty when equal."""
    ours, theirs = _by_key(found, key), _by_key(expected, key)
    missing, surplus = theirs.keys() - ours.keys(), ours.keys() - theirs.keys()
    said = [f"missing {k}" for k in sorted(missing, key=str)]
    said += [f"surplus {k}" for k in sorted(surplus, key=str)]
    said += ["two rows of one key"] * (len(ours) != len(found) or len(theirs) != len(expected))
    for k in ours.keys() & theirs.keys():
        names = ours[k].keys() | theirs[k].keys()
        said += [
            f"{k} {name}: found {ours[k].get(name, 'no column')!r}, "
            f"expected {theirs[k].get(name, 'no column')!r}"
            for name in sorted(names)
            if ours[k].get(name, "no column") != theirs[k].get(name, "no column")
        ]
    return said


def _by_key(rows: Rows, key: tuple[str, ...]) -> dict[tuple, dict[str, Any]]:
    return {tuple(row[name] for name in key): row for row in rows}
