"""The rows that normalize reads and writes: columns, types and order."""

from pyspark.sql.types import (
    BooleanType,
    DateType,
    DecimalType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampNTZType,
)

TEXT, WHOLE, FLAG, DAY = StringType(), LongType(), BooleanType(), DateType()
UTC = TimestampNTZType()  # naive; always UTC unless the column's name says local
PRICE = DecimalType(18, 4)

LINEAGE = {"_landing_id": TEXT, "_source_row": WHOLE, "_delivered_at": UTC}

CLEAN_ORDER_ITEMS = {
    "order_id": TEXT,
    "lineitem_id": TEXT,
    "restaurant_id": TEXT,
    "user_id": TEXT,
    "card_hash": TEXT,
    "app_name": TEXT,
    "currency": TEXT,
    "is_loyalty": FLAG,
    "item_category": TEXT,
    "item_name": TEXT,
    "item_price": PRICE,
    "item_quantity": WHOLE,
    "created_at": UTC,
    **LINEAGE,
}

CLEAN_ORDER_ITEM_OPTIONS = {
    "order_id": TEXT,
    "lineitem_id": TEXT,
    "option_group_name": TEXT,
    "option_name": TEXT,
    "option_price": PRICE,
    "option_quantity": WHOLE,
    **LINEAGE,
}

RESTAURANTS = {
    "restaurant_id": TEXT,
    "restaurant_name": TEXT,
    "timezone": TEXT,
    "opened_on": DAY,
    "city": TEXT,
    "region": TEXT,
    **LINEAGE,
}

ORDER_ITEMS = (
    "order_id",
    "lineitem_id",
    "order_restaurant_id",
    "restaurant_id",
    "user_id",
    "card_hash",
    "app_name",
    "currency",
    "is_loyalty",
    "item_category",
    "item_name",
    "item_price",
    "item_quantity",
    "created_at",
    "ordered_at",
    "ordered_at_local",
    "ordered_on",
    *LINEAGE,
)

ORDER_ITEM_OPTIONS = (
    "order_id",
    "lineitem_id",
    "option_group_name",
    "option_name",
    "option_price",
    "option_quantity",
    "ordered_on",
    *LINEAGE,
)

CLEAN = {
    "order_items": CLEAN_ORDER_ITEMS,
    "order_item_options": CLEAN_ORDER_ITEM_OPTIONS,
    "restaurants": RESTAURANTS,
}

_PLACED = {"order_restaurant_id": TEXT, "ordered_at": UTC, "ordered_at_local": UTC}

NORMALIZED = {
    "order_items": {
        name: (CLEAN_ORDER_ITEMS | _PLACED | {"ordered_on": DAY})[name] for name in ORDER_ITEMS
    },
    "order_item_options": {
        name: (CLEAN_ORDER_ITEM_OPTIONS | {"ordered_on": DAY})[name] for name in ORDER_ITEM_OPTIONS
    },
    "restaurants": RESTAURANTS,
}


def clean_schema(entity: str) -> StructType:
    """Schema of the clean Parquet of an entity."""
    return _schema(CLEAN[entity])


def normalized_schema(entity: str) -> StructType:
    """Schema of the normalized Parquet of an entity, in the order that COPY reads."""
    return _schema(NORMALIZED[entity])


def _schema(columns: dict) -> StructType:
    return StructType([StructField(name, kind) for name, kind in columns.items()])
