"""Restaurants: their latest delivery, and the time zone that each one's orders are placed in."""

from dataclasses import dataclass, field
from zoneinfo import available_timezones

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from emr_staging.integrity import verify_files
from emr_staging.plan import Plan
from emr_staging.state import Json, State
from emr_staging.tables import Tables
from emr_staging.transforms import latest_restaurants

ENTITY = "restaurants"
ZONES = StructType(
    [StructField("restaurant_id", StringType()), StructField("timezone", StringType())]
)


@dataclass(frozen=True)
class Restaurants:
    """Restaurant id -> its IANA time zone, or a time zone that nobody knows.

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


def read_restaurants(tables: Tables, plan: Plan, state: State) -> Restaurants:
    """The restaurants of the live files. Raises NormalizeError when one of these is not intact."""
    changed = {plan.landings[i].entity for i in (*plan.appeared, *plan.gone)}
    if not plan.is_full and ENTITY not in changed:
        return _sort_out(tables.normalized(ENTITY, state.restaurant_files()), None)
    files = plan.files(i for i in plan.live if plan.landings[i].entity == ENTITY)
    verify_files(tables.store, files)
    rows = latest_restaurants(tables.clean(ENTITY, files))
    return _sort_out(rows, rows)


def moved_restaurants(before: dict[str, str], now: dict[str, str], default: str) -> list[str]:
    """Restaurants whose orders are placed in another time zone than before."""
    ids = sorted(before.keys() | now.keys())
    return [i for i in ids if before.get(i, default) != now.get(i, default)]


def _sort_out(restaurants: DataFrame, rows: DataFrame | None) -> Restaurants:
    zones, unknown = {}, {}
    known = available_timezones()
    for row in restaurants.select("restaurant_id", "timezone").collect():
        if row["timezone"] in known:
            zones[row["restaurant_id"]] = row["timezone"]
        elif row["timezone"]:
            unknown[row["restaurant_id"]] = row["timezone"]
    return Restaurants(zones, unknown, rows)
