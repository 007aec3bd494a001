"""Warehouses without a pipeline before them: schema `pos` filled from rows, and dbt run over it."""

import json
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.load import connect, create_tables
from tests.dbt_project.conftest import failures, invoke_dbt
from tests.oracle.rows import LINES, OPTIONS

FIRST_DAY = date(2024, 12, 20)  # a leap year ends, and a week lies in two years


def frames(orders: list[tuple]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines and options as normalize leaves them; the clock of the restaurants is UTC - 5.

    An order is (user, days after FIRST_DAY, hour, restaurant, app, lines, options of its line 0);
    a line is (user, price, quantity, category, is_loyalty, seconds after the hour).
    """
    lines: list[dict[str, Any]] = []
    options: list[dict[str, Any]] = []
    for number, (user, day, hour, restaurant, app, items, extras) in enumerate(orders):
        midnight = datetime.combine(FIRST_DAY + timedelta(days=day), datetime.min.time())
        local = midnight + timedelta(hours=hour)
        key = {"order_id": f"o{number}"}
        offsets = [offset for *_, offset in items]
        of_order = {
            "order_restaurant_id": restaurant,
            "app_name": app,
            "currency": "USD",
            "ordered_at": local + timedelta(hours=5, seconds=min(offsets)),
            "ordered_at_local": local + timedelta(seconds=min(offsets)),
            "business_date": local.date(),
        }
        for position, (own_user, price, quantity, category, loyal, offset) in enumerate(items):
            line = {
                "lineitem_id": f"l{position}",
                "user_id": user if position == 0 else own_user,
                "item_category": category,
                "is_loyalty": loyal,
                "item_price": Decimal(price),
                "item_quantity": quantity,
                "created_at": local + timedelta(hours=5, seconds=offset),
            }
            lines.append(key | of_order | line)
        for price, quantity in extras:
            row = {"option_price": Decimal(price), "option_quantity": quantity}
            options.append(key | {"lineitem_id": "l0"} | row)
    return pl.DataFrame(lines, schema=LINES), pl.DataFrame(options, schema=OPTIONS)


def fill(warehouse: Path, lines: pl.DataFrame, options: pl.DataFrame) -> None:
    """Make `pos` hold exactly these lines and options (columns as in `rows.SCHEMAS`)."""
    with closing(connect(warehouse)) as connection:
        create_tables(connection)
        connection.register("lines", lines.to_arrow())
        connection.register("options", options.to_arrow())
        for table in ("order_items", "order_item_options", "_partitions"):
            connection.execute(f"delete from pos.{table}")
        connection.execute(
            "insert into pos._partitions by name select 'order_items' as entity, 'run' as run_id, "
            "business_date::varchar as business_date, count(*) as row_count, 0 as superseded, "
            "sum(item_price) as price_total, 0 as superseded_price_total, "
            "now()::timestamp as loaded_at from lines group by all"
        )
        lineage = "'file' as _landing_id, row_number() over () as _source_row"
        connection.execute(
            "insert into pos.order_items by name select *, created_at as _delivered_at, "
            f"order_restaurant_id as restaurant_id, {lineage} from lines"
        )
        connection.execute(
            "insert into pos.order_item_options by name select options.*, business_date, "
            f"created_at as _delivered_at, {lineage} "
            "from options join lines using (order_id, lineitem_id)"
        )


def build_models(warehouse: Path, settings: dict[str, Any], *select: str) -> None:
    """Build models, seeds and snapshots, all or the selected; data tests and unit tests rest."""
    arguments = ["build", "--full-refresh", "--exclude-resource-types", "test", "unit_test"]
    arguments += ["--select", *select] if select else []
    done = invoke_dbt(warehouse, *arguments, "--vars", json.dumps(settings))
    assert done.success, failures(done)
