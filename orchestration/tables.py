"""The tables of schema `pos`, which the load fills: column names and types, in the files' order.

Texts are as long, in bytes, as the contracts let them be (ingestion/contract.py). DuckDB takes a
length for a remark; Redshift refuses what is longer.
"""

from typing import Any

import pyarrow as pa

TEXT, ID, CODE = "varchar(4000)", "varchar(256)", "varchar(64)"

_LINEAGE = {
    "_landing_id": f"{CODE} not null",
    "_source_row": "bigint not null",
    "_delivered_at": "timestamp not null",
}

ORDER_ITEMS = {
    "order_id": f"{ID} not null",
    "lineitem_id": f"{ID} not null",
    "order_restaurant_id": f"{ID} not null",
    "restaurant_id": f"{ID} not null",
    "user_id": ID,
    "card_hash": CODE,
    "app_name": TEXT,
    "currency": CODE,
    "is_loyalty": "boolean not null",
    "item_category": TEXT,
    "item_name": TEXT,
    "item_price": "decimal(18, 4) not null",
    "item_quantity": "bigint not null",
    "created_at": "timestamp not null",
    "ordered_at": "timestamp not null",
    "ordered_at_local": "timestamp not null",
    "business_date": "date not null",
    **_LINEAGE,
}

ORDER_ITEM_OPTIONS = {
    "order_id": f"{ID} not null",
    "lineitem_id": f"{ID} not null",
    "option_group_name": TEXT,
    "option_name": TEXT,
    "option_price": "decimal(18, 4) not null",
    "option_quantity": "bigint not null",
    "business_date": "date",  # null while the parent line has not arrived
    **_LINEAGE,
}

RESTAURANTS = {
    "restaurant_id": f"{ID} not null",
    "restaurant_name": TEXT,
    "timezone": CODE,
    "opened_on": "date",
    "city": TEXT,
    "region": TEXT,
    **_LINEAGE,
}

DELIVERIES = {
    "landing_id": f"{CODE} not null",
    "file_id": f"{TEXT} not null",
    "name": f"{TEXT} not null",
    "path": f"{TEXT} not null",
    "entity": CODE,
    "status": f"{CODE} not null",
    "reason": TEXT,
    "message": TEXT,
    "state": CODE,
    "modified_at": "timestamp not null",
    "landed_at": "timestamp not null",
    "cleaned_at": "timestamp not null",
    "lines": "bigint not null",
    "header_lines": "bigint not null",
    "loaded": "bigint not null",
    "rejected": "bigint not null",
    "blank": "bigint not null",
    "embedded_newlines": "bigint not null",
    "price_total": "decimal(38, 4)",
    "restaurant_count": "bigint not null",
}

REJECTED_ROWS = {
    "landing_id": f"{CODE} not null",
    "source_row": "bigint",
    "column_name": TEXT,
    "value": TEXT,
    "reason": f"{TEXT} not null",
    "message": TEXT,
    "remedy": TEXT,
}

PARTITIONS = {
    "entity": f"{CODE} not null",
    "business_date": f"{CODE} not null",
    "run_id": f"{CODE} not null",
    "row_count": "bigint not null",
    "superseded": "bigint not null",
    "price_total": "decimal(38, 4) not null",
    "superseded_price_total": "decimal(38, 4) not null",
    "loaded_at": "timestamp not null",
}

DELIVERED_RESTAURANTS = {
    "landing_id": f"{CODE} not null",
    "restaurant_id": f"{ID} not null",
}

DELIVERED_DATES = {
    "entity": f"{CODE} not null",
    "business_date": "date not null",
    "landing_id": f"{CODE} not null",
}

DELIVERED_SPANS = {
    "landing_id": f"{CODE} not null",
    "first_created_at": "timestamp not null",
    "last_created_at": "timestamp not null",
}

TABLES = {
    "order_items": ORDER_ITEMS,
    "order_item_options": ORDER_ITEM_OPTIONS,
    "pending_order_item_options": ORDER_ITEM_OPTIONS,
    "restaurants": RESTAURANTS,
    "deliveries": DELIVERIES,
    "rejected_rows": REJECTED_ROWS,
    "delivered_restaurants": DELIVERED_RESTAURANTS,
    "delivered_dates": DELIVERED_DATES,
    "delivered_spans": DELIVERED_SPANS,
    "_partitions": PARTITIONS,
}

# How Redshift spreads and sorts a table: an order's lines and options lie on one slice, so that
# their join moves nothing, and a business date is one range of blocks.
KEYS = {
    "order_items": "diststyle key distkey (order_id) sortkey (business_date)",
    "order_item_options": "diststyle key distkey (order_id) sortkey (business_date)",
    "pending_order_item_options": "diststyle key distkey (order_id)",
    "restaurants": "diststyle all",
    "deliveries": "diststyle all",
    "rejected_rows": "diststyle even",
    "delivered_restaurants": "diststyle even sortkey (landing_id)",
    "delivered_dates": "diststyle even sortkey (business_date)",
    "delivered_spans": "diststyle even sortkey (landing_id)",
    "_partitions": "diststyle all",
}

_ARROW = {
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def create_statement(table: str, keys: str = "") -> str:
    """The DDL of one table of schema `pos`; `keys` is what Redshift wants to know beside it."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TABLES[table].items())
    return f"create table if not exists pos.{table} ({columns}) {keys}".strip()


def file_columns(table: str) -> str:
    """The select list that turns normalized Parquet into the table's rows.

    In the files the business date is called `ordered_on`, because the folder key has the name
    `business_date`; rejected rows name their landing as lineage does.
    """
    other = {"business_date": "ordered_on"}
    if table == "rejected_rows":
        other["landing_id"] = "_landing_id"
    return ", ".join(other.get(c, c) for c in TABLES[table])


def arrow_rows(table: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as Arrow with exactly the types of the table; texts are read as what they stand for."""
    kinds = {name: kind.removesuffix(" not null") for name, kind in TABLES[table].items()}
    return pa.table(
        {
            name: pa.array([r[name] for r in rows], _written(rows, name)).cast(_arrow(kind))
            for name, kind in kinds.items()
        }
    )


def _written(rows: list[dict[str, Any]], name: str) -> pa.DataType | None:
    """Columns that are empty throughout have no type of their own."""
    return pa.string() if all(r[name] is None for r in rows) else None


def _arrow(kind: str) -> pa.DataType:
    if kind.startswith("decimal"):
        precision, scale = kind.removeprefix("decimal(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return pa.string() if kind.startswith("varchar") else _ARROW[kind]
