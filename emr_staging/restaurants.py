"""Restaurants: their latest delivery, and the time zone that each one's orders are placed in."""

from dataclasses import dataclass, field, replace

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from emr_staging.errors import NormalizeError
from emr_staging.integrity import verify_files
from emr_staging.plan import Plan
from emr_staging.state import Json, State
from emr_staging.tables import Tables
from emr_staging.transforms import latest_restaurants
from lake.zones import TIME_ZONES

ENTITY = "restaurants"
ZONES = StructType(
    [StructField("restaurant_id", StringType()), StructField("timezone", StringType())]
)


@dataclass(frozen=True)
class Restaurants:
    """Restaurant id -> its IANA time zone, or a time zone that nobody, or not the engine, knows.

    `rows`: one per restaurant, to be written; None when nothing changed.
    """

    zones: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    rows: DataFrame | None = None

    def zone_frame(self, spark: SparkSession) -> DataFrame:
        """One row per restaurant with a known time zone: restaurant_id, timezone."""
        return spark.createDataFrame(sorted(self.zones.items()), ZONES)

    def write(self, tables: Tables) -> list[Json] | None:
        """Write the rows; their files, or None when nothing changed."""
        if self.rows is None:
            return None
        tables.write(self.rows, ENTITY)
        return tables.written(ENTITY).get("all", [])


def read_restaurants(
    tables: Tables, plan: Plan, state: State, default_timezone: str
) -> Restaurants:
    """The restaurants of the live files.

    Raises NormalizeError when one of these is not intact, or the engine refuses the default.
    """
    changed = {plan.changed[i].entity for i in (*plan.appeared, *plan.gone)}
    if not plan.is_full and ENTITY not in changed:
        rows = tables.normalized(ENTITY, state.restaurant_files())
        return replace(_sort_out(tables.spark, rows, default_timezone), rows=None)
    files = plan.files(plan.live("entity", [ENTITY]))
    verify_files(tables.store, files)
    rows = latest_restaurants(tables.clean(ENTITY, files))
    return _sort_out(tables.spark, rows, default_timezone)


def moved_restaurants(before: dict[str, str], now: dict[str, str], default: str) -> list[str]:
    """Restaurants whose orders are placed in another time zone than before."""
    ids = sorted(before.keys() | now.keys())
    return [i for i in ids if before.get(i, default) != now.get(i, default)]


def _sort_out(spark: SparkSession, rows: DataFrame, default_timezone: str) -> Restaurants:
    found = dict(rows.select("restaurant_id", "timezone").collect())
    given = {restaurant: zone for restaurant, zone in found.items() if zone}
    known = TIME_ZONES & set(given.values())
    refused = _refused_zones(spark, {*known, default_timezone})
    if default_timezone in refused:
        raise NormalizeError(
            f"default_timezone {default_timezone!r} is unknown to the engine. Nothing was written. "
            "Choose another name of the same zone, or update the engine's tables of time zones."
        )
    zones = {restaurant: zone for restaurant, zone in given.items() if zone in known - refused}
    unknown = {restaurant: zone for restaurant, zone in given.items() if restaurant not in zones}
    return Restaurants(zones, unknown, rows)


def _refused_zones(spark: SparkSession, zones: set[str]) -> set[str]:
    """Those that the engine has no clock for: each engine brings its own tables of time zones."""
    if _takes(spark, zones):
        return set()
    return {zone for zone in zones if not _takes(spark, {zone})}


def _takes(spark: SparkSession, zones: set[str]) -> bool:
    moment = F.lit("2026-01-01 12:00:00").cast("timestamp")
    clocks = [F.from_utc_timestamp(moment, F.lit(zone)).alias(zone) for zone in sorted(zones)]
    try:
        spark.range(1).select(*clocks).collect()
    except (PySparkException, Py4JError):
        return False
    return True
