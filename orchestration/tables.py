"""The tables of schema `pos`, which the load fills: column names and types, in the files' order."""

_LINEAGE = {
    "_landing_id": "varchar not null",
    "_source_row": "bigint not null",
    "_delivered_at": "timestamp not null",
}

ORDER_ITEMS = {
    "order_id": "varchar not null",
    "lineitem_id": "varchar not null",
    "order_restaurant_id": "varchar not null",
    "restaurant_id": "varchar not null",
    "user_id": "varchar",
    "card_hash": "varchar",
    "app_name": "varchar",
    "currency": "varchar",
    "is_loyalty": "boolean not null",
    "item_category": "varchar",
    "item_name": "varchar",
    "item_price": "decimal(18, 4) not null",
    "item_quantity": "bigint not null",
    "created_at": "timestamp not null",
    "ordered_at": "timestamp not null",
    "ordered_at_local": "timestamp not null",
    "business_date": "date not null",
    **_LINEAGE,
}

ORDER_ITEM_OPTIONS = {
    "order_id": "varchar not null",
    "lineitem_id": "varchar not null",
    "option_group_name": "varchar",
    "option_name": "varchar",
    "option_price": "decimal(18, 4) not null",
    "option_quantity": "bigint not null",
    "business_date": "date",  # null while the parent line has not arrived
    **_LINEAGE,
}

RESTAURANTS = {
    "restaurant_id": "varchar not null",
    "restaurant_name": "varchar",
    "timezone": "varchar",
    "opened_on": "date",
    "city": "varchar",
    "region": "varchar",
    **_LINEAGE,
}

DELIVERIES = {
    "landing_id": "varchar not null",
    "file_id": "varchar not null",
    "name": "varchar not null",
    "path": "varchar not null",
    "entity": "varchar",
    "status": "varchar not null",
    "reason": "varchar",
    "message": "varchar",
    "state": "varchar",
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
    "landing_id": "varchar not null",
    "source_row": "bigint",
    "column_name": "varchar",
    "value": "varchar",
    "reason": "varchar not null",
    "message": "varchar",
    "remedy": "varchar",
}

PARTITIONS = {
    "entity": "varchar not null",
    "business_date": "varchar not null",
    "run_id": "varchar not null",
    "row_count": "bigint not null",
    "loaded_at": "timestamp not null",
}

TABLES = {
    "order_items": ORDER_ITEMS,
    "order_item_options": ORDER_ITEM_OPTIONS,
    "pending_order_item_options": ORDER_ITEM_OPTIONS,
    "restaurants": RESTAURANTS,
    "deliveries": DELIVERIES,
    "rejected_rows": REJECTED_ROWS,
    "_partitions": PARTITIONS,
}


def create_statement(table: str) -> str:
    """The DDL of one table of schema `pos`."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TABLES[table].items())
    return f"create table if not exists pos.{table} ({columns})"


def file_columns(table: str) -> str:
    """The select list that turns normalized Parquet into the table's rows.

    In the files the business date is called `ordered_on`, because the folder key has the name
    `business_date`.
    """
    return ", ".join("ordered_on" if c == "business_date" else c for c in TABLES[table])
