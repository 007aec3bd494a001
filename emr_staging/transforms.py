"""Pure DataFrame transforms: clean rows of live files in, normalized rows out; no session, no I/O.

Rows that lose keep `is_superseded`, so that every row read is either written or counted.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from emr_staging.schemas import ORDER_ITEM_OPTIONS, ORDER_ITEMS, RESTAURANTS

PENDING = "pending"


def latest_delivery_first() -> list[Column]:
    """The order in which one delivered row wins over another: later delivery, later row."""
    return [
        F.col("_delivered_at").desc(),
        F.col("_landing_id").desc(),
        F.col("_source_row").desc(),
    ]


def mark_superseded_lines(items: DataFrame) -> DataFrame:
    """One row per delivered line, with `is_superseded`: a later one has the same order and line."""
    same_line = Window.partitionBy("order_id", "lineitem_id").orderBy(*latest_delivery_first())
    return items.withColumn("is_superseded", F.row_number().over(same_line) > 1)


def mark_superseded_options(options: DataFrame) -> DataFrame:
    """One row per delivered option, with `is_superseded`: a later file has options of the order.

    Options have no key, so an order's options are replaced as a set and never made distinct.
    """
    same_order = Window.partitionBy("order_id").orderBy(
        F.col("_delivered_at").desc(), F.col("_landing_id").desc()
    )
    return options.withColumn("is_superseded", F.rank().over(same_order) > 1)


def pick_restaurants(restaurants: DataFrame) -> DataFrame:
    """One row per restaurant: the latest delivery wins."""
    same = Window.partitionBy("restaurant_id").orderBy(*latest_delivery_first())
    ranked = restaurants.withColumn("position", F.row_number().over(same))
    return ranked.where("position = 1").select(*RESTAURANTS)


def place_orders(
    lines: DataFrame, zones: DataFrame, default_timezone: str, start_hour: int
) -> DataFrame:
    """One row per order: the restaurant and time of its earliest line, and its business date.

    `lines` are marked; `zones` has restaurant_id and timezone. Local time is UTC brought to the
    restaurant's zone; the business date is that of `start_hour` hours before.
    """
    earliest = Window.partitionBy("order_id").orderBy("created_at", "lineitem_id")
    first_lines = (
        lines.where(~F.col("is_superseded"))
        .withColumn("position", F.row_number().over(earliest))
        .where("position = 1")
        .select("order_id", "restaurant_id", "created_at")
    )
    zone = F.coalesce(F.col("timezone"), F.lit(default_timezone))
    local = F.from_utc_timestamp(F.col("created_at").cast("timestamp"), zone)
    business_day = F.to_date(local - F.expr(f"interval {int(start_hour)} hours"))
    return first_lines.join(zones, on="restaurant_id", how="left").select(
        "order_id",
        F.col("restaurant_id").alias("order_restaurant_id"),
        F.col("created_at").alias("ordered_at"),
        local.cast("timestamp_ntz").alias("ordered_at_local"),
        business_day.alias("ordered_on"),
    )


def place_lines(lines: DataFrame, orders: DataFrame) -> DataFrame:
    """Marked lines with what their order decides; in schema order, then `is_superseded`."""
    placed = lines.join(orders, on="order_id", how="inner")
    return placed.select(*ORDER_ITEMS, "is_superseded")


def place_options(options: DataFrame, lines: DataFrame) -> DataFrame:
    """Marked options with their order's business date; null while the parent line is missing.

    `lines` are normalized lines. A superseded option follows its order alone: it needs no parent.
    Columns in schema order, then `is_superseded` and `partition` (the date, or `pending`).
    """
    parents = lines.select("order_id", "lineitem_id", F.col("ordered_on").alias("line_on"))
    orders = lines.select("order_id", F.col("ordered_on").alias("order_on")).distinct()
    placed = options.join(orders, on="order_id", how="left").join(
        parents, on=["order_id", "lineitem_id"], how="left"
    )
    ordered_on = F.when(F.col("is_superseded"), F.col("order_on")).otherwise(F.col("line_on"))
    return placed.withColumn("ordered_on", ordered_on).select(
        *ORDER_ITEM_OPTIONS, "is_superseded", partition_of("ordered_on").alias("partition")
    )


def partition_of(column: str) -> Column:
    """The text of a business date as it stands in keys; `pending` for null."""
    return F.coalesce(F.date_format(F.col(column), "yyyy-MM-dd"), F.lit(PENDING))


def count_rows(placed: DataFrame, price: str) -> DataFrame:
    """Per partition and landing: rows and money that are written, and that are superseded."""
    won = ~F.col("is_superseded")
    money = F.col(price).cast("decimal(38,4)")
    none = F.lit(0).cast("decimal(38,4)")
    return placed.groupBy("partition", "_landing_id").agg(
        F.sum(F.when(won, 1).otherwise(0)).alias("rows"),
        F.sum(F.when(won, 0).otherwise(1)).alias("superseded"),
        F.sum(F.when(won, money).otherwise(none)).alias(price),
        F.sum(F.when(won, none).otherwise(money)).alias(f"superseded_{price}"),
    )
