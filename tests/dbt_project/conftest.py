"""A small warehouse written by hand, and dbt over it."""

import json
import os
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from orchestration import build
from orchestration.load import create_tables
from orchestration.tables import TABLES
from orchestration.workspace import DBT_PROJECT as PROJECT
from orchestration.workspace import Workspace
from tests.parsed import parsed_environment

EPOCH = datetime(2026, 1, 1)

Row = dict[str, Any]

ITEM = {
    "restaurant_id": "r1",
    "user_id": None,
    "app_name": "POS",
    "currency": "USD",
    "is_loyalty": False,
    "item_category": "Pizza",
    "item_name": "Margherita",
    "item_price": "10.00",
    "item_quantity": 1,
    "_landing_id": "landing",
    "_source_row": 2,
    "_delivered_at": "2026-01-01 00:00:00",
}
OPTION = {
    "option_name": "Cheese",
    "option_price": "1.00",
    "option_quantity": 1,
    "_landing_id": "landing",
    "_source_row": 2,
    "_delivered_at": "2026-01-01 00:00:00",
}


def item(order_id: str, lineitem_id: str = "1", hour: int = 12, **fields: Any) -> Row:
    """One order line; `business_date` and times follow from the date that it is loaded for."""
    return ITEM | {"order_id": order_id, "lineitem_id": lineitem_id, "hour": hour} | fields


def option(order_id: str, lineitem_id: str = "1", **fields: Any) -> Row:
    """One option of a line."""
    return OPTION | {"order_id": order_id, "lineitem_id": lineitem_id} | fields


class Warehouse:
    """Schema `pos` as load leaves it, one business date at a time, and dbt on top."""

    def __init__(self, path: Path, loads: int = 0) -> None:
        self.path = path
        self.loads = loads
        with duckdb.connect(str(path)) as connection:
            create_tables(connection)

    def load(self, **dates: list[Row] | None) -> None:
        """Replace the rows of dates, given as `d2026_01_31=[...]`; None withdraws the date."""
        self.loads += 1
        with duckdb.connect(str(self.path)) as connection:
            for key, rows in dates.items():
                self._replace(connection, key[1:].replace("_", "-"), rows)

    def _replace(
        self, connection: duckdb.DuckDBPyConnection, date: str, rows: list[Row] | None
    ) -> None:
        tables = {"order_items": [], "order_item_options": []}
        for row in rows or []:
            is_item = "item_price" in row
            tables["order_items" if is_item else "order_item_options"].append(_dated(row, date))
        loaded_at = EPOCH + timedelta(minutes=self.loads)
        for table, typed in tables.items():
            connection.execute(f"delete from pos.{table} where business_date = ?", [date])
            connection.execute(
                "delete from pos._partitions where entity = ? and business_date = ?", [table, date]
            )
            _insert(connection, table, typed)
            if rows is not None:
                price = "item_price" if table == "order_items" else "option_price"
                total = sum(Decimal(row[price]) for row in typed)
                values = [table, date, f"run-{self.loads}", len(typed), 0, total, 0, loaded_at]
                connection.execute(
                    "insert into pos._partitions values (?, ?, ?, ?, ?, ?, ?, ?)", values
                )

    def run(self, *arguments: str, full: bool = False, **settings: Any) -> Any:
        """`dbt build` of seeds and models (or other arguments); AssertionError when it fails."""
        chosen = arguments or ("build", "--exclude-resource-type", "test", "unit_test")
        options = ["--full-refresh"] if full else []
        result = invoke_dbt(self.path, *chosen, *options, "--vars", json.dumps(settings))
        assert result.success, failures(result)
        return result

    def rows(self, query: str) -> list[tuple]:
        """The rows of a query."""
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: str) -> None:
        """Run a statement that spoils what was loaded or built."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(statement)


def invoke_dbt(warehouse: Path, *arguments: str, project: Path = PROJECT) -> Any:
    """Run dbt as the pipeline does, with its files beside the warehouse; return its result."""
    begin = mock.patch.dict(os.environ, parsed_environment())
    with begin, mock.patch.object(build, "DBT_PROJECT", project):
        return build.run_dbt(Workspace(warehouse.parent), "local", list(arguments))


def failures(result: Any) -> list[str]:
    """What failed in a dbt run, by name, with dbt's message."""
    if result.exception is not None:
        return [str(result.exception)]
    bad = [r for r in result.result if str(r.status) in ("error", "fail", "runtime error")]
    return [f"{r.node.name}: {r.message}" for r in bad]


def _dated(row: Row, date: str) -> Row:
    if "item_price" not in row:
        return row | {"business_date": date}
    moment = f"{date} {row['hour']:02d}:00:00"
    times = dict.fromkeys(("created_at", "ordered_at", "ordered_at_local"), moment)
    restaurant = {"order_restaurant_id": row["restaurant_id"]}
    return row | times | restaurant | {"business_date": date}


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    columns = TABLES[table]
    values = [[row.get(name) for name in columns] for row in rows]
    if values:
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"insert into pos.{table} values ({marks})", values)


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "warehouse.duckdb")
