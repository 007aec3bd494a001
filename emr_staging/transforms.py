"""Pure functions from clean rows to normalized rows; no session, no reads, no writes.

Each ends with its columns in schema order, followed by `business_date`, the folder of the row.
"""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from emr_staging.schemas import ORDER_ITEM_OPTIONS, ORDER_ITEMS, RESTAURANTS

PENDING = "pending"
SUPERSEDED = "superseded"
FOLDER = "business_date"


def normalize_order_items(
    items: DataFrame, zones: DataFrame, default_timezone: str, business_day_start_hour: int
) -> DataFrame:
    """One row per clean row of whole orders, in the business date of its order.

    `zones`: one row per restaurant with a known `timezone`. Rows that a later delivery of the same
    line replaces go to the folder `superseded`.
    """
    lines = items.transform(mark_latest_lines)
    lines = place_orders(lines, zones, default_timezone, business_day_start_hour)
    return lines.select(
        *ORDER_ITEMS,
        _folder(F.col("_won"), F.col("ordered_on").cast("string")).alias(FOLDER),
    )


def place_orders(
    lines: DataFrame, zones: DataFrame, default_timezone: str, business_day_start_hour: int
) -> DataFrame:
    """Lines with the restaurant, the time and the business date of their order.

    An order stands where its earliest line stands (of equal times: the lowest lineitem_id), in the
    time zone of that line's restaurant; all its lines share the date, also across the day's cut.
    """
    earliest = (
        Window.partitionBy("order_id")
        .orderBy(F.col("_won").desc(), "created_at", "lineitem_id")
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    zones = zones.select(
        F.col("restaurant_id").alias("order_restaurant_id"), F.col("timezone").alias("_zone")
    )
    placed = lines.withColumns(
        {
            "order_restaurant_id": F.first("restaurant_id").over(earliest),
            "ordered_at": F.first("created_at").over(earliest),
        }
    ).join(F.broadcast(zones), on="order_restaurant_id", how="left")
    zone = F.coalesce(F.col("_zone"), F.lit(default_timezone))
    local = F.from_utc_timestamp(F.col("ordered_at").cast("timestamp"), zone)
    day_start = F.expr(f"interval '{int(business_day_start_hour)}' hour")
    return placed.withColumn("ordered_at_local", local.cast("timestamp_ntz")).withColumn(
        "ordered_on", F.to_date(F.col("ordered_at_local") - day_start)
    )


def mark_latest_lines(items: DataFrame) -> DataFrame:
    """Clean order lines with `_won`: whether a row is the latest delivery of its line.

    The window is that of the order, as in `place_orders`, so that both share one shuffle.
    """
    by_line = Window.partitionBy("order_id").orderBy(
        "lineitem_id", *(F.col(c).desc() for c in ("_delivered_at", "_landing_id", "_source_row"))
    )
    line_before = F.lag("lineitem_id").over(by_line)
    won = line_before.isNull() | (line_before != F.col("lineitem_id"))
    return items.withColumn("_won", won)


def normalize_options(options: DataFrame, lines: DataFrame) -> DataFrame:
    """One row per clean option row, in the business date of its line.

    `lines`: (order_id, lineitem_id, ordered_on) of the normalized lines of the same orders. Rows
    whose line is not there yet go to the folder `pending`, those of replaced sets to `superseded`.
    """
    placed = options.transform(mark_standing_sets).join(
        lines.select("order_id", "lineitem_id", "ordered_on"),
        on=["order_id", "lineitem_id"],
        how="left",
    )
    folder = F.coalesce(F.col("ordered_on").cast("string"), F.lit(PENDING))
    return placed.select(*ORDER_ITEM_OPTIONS, _folder(F.col("_won"), folder).alias(FOLDER))


def mark_standing_sets(options: DataFrame) -> DataFrame:
    """Clean options with `_won`: whether no later delivery brings any line of the row's set again.

    A set is what one delivery has of an order. Sets of an order without a common line are parts of
    it and all stand. The first window is that of the order, so that all three share one shuffle.
    """
    by_age = Window.partitionBy("order_id").orderBy("_delivered_at", "_landing_id")
    aged = options.withColumn("_age", F.dense_rank().over(by_age))
    of_line = Window.partitionBy("order_id", "lineitem_id")
    comes_again = aged.withColumn("_again", F.max("_age").over(of_line) > F.col("_age"))
    of_set = Window.partitionBy("order_id", "_age")
    return comes_again.withColumn("_won", ~F.max("_again").over(of_set))


def latest_restaurants(restaurants: DataFrame) -> DataFrame:
    """One row per restaurant: its latest delivery."""
    latest = (
        Window.partitionBy("restaurant_id")
        .orderBy(*(F.col(c).desc() for c in ("_delivered_at", "_landing_id", "_source_row")))
        .rowsBetween(Window.unboundedPreceding, Window.currentRow)
    )
    return (
        restaurants.withColumn("_rank", F.row_number().over(latest))
        .where(F.col("_rank") == 1)
        .select(*RESTAURANTS, F.lit("all").alias(FOLDER))
    )


def _folder(won: Column, folder: Column) -> Column:
    return F.when(won, folder).otherwise(F.lit(SUPERSEDED))
