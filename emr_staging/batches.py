"""Batches: a scope too large for memory becomes several, each of orders that began on some days.

First every order gets a day, the earliest of its rows by UTC, from the few columns that this needs
and part by part of the order ids; then each batch reads the clean files that have rows of its
orders. The day is not the business date: it only keeps orders whole, and most of a date in one
batch. Only for engines on one machine: a cluster's engine spills to its disks by itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import ceil

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from emr_staging.landings import CleanFile
from emr_staging.limits import group_by_rows
from emr_staging.state import ENTITIES
from emr_staging.tables import Tables
from emr_staging.touched import Scope

ROWS = "order_id string, _landing_id string, day date, rows long"
ORDERS = "order_id string, day date"
HOMELESS = "order_id string"
NEVER = "never"  # the day of an order that has options only


@dataclass
class _Places:
    """By day: the landings of its orders, and how many lines it has."""

    landings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, entity: str, rows: DataFrame) -> None:
        """`rows`: order_id, _landing_id, rows, day."""
        counted = rows.groupBy("day", "_landing_id").agg(F.sum("rows"))
        for day, landing, count in counted.collect():
            self.landings[str(day or NEVER)].add(landing)
            if entity == "order_items":
                self.lines[str(day)] += count


def split(tables: Tables, scope: Scope) -> Iterator[Scope]:
    """The scope itself when it is small, else scopes that are, which hold its orders together."""
    limits = tables.limits
    lines = sum(f.rows for f in scope.files if f.entity == "order_items")
    if tables.scratch is None or not _is_large(tables, scope, lines):
        yield scope
        return
    places = _Places()
    parts = ceil(lines / limits.part_rows)
    for part in range(parts):
        _place(tables, scope, (part, parts), places)
    orders = _read(tables, ORDERS, "orders")
    files = {f.landing_id: f for f in scope.files}
    least = ceil(limits.batch_rows / limits.batch_dates)  # what a day counts with few lines
    counted = ((day, max(count, least)) for day, count in sorted(places.lines.items()))
    for days in group_by_rows(counted, limits.batch_rows):
        chosen = orders.where(F.col("day").between(F.lit(days[0]), F.lit(days[-1])))
        own = _files_of(files, places, days)
        yield replace(scope, files=own, orders=chosen.select("order_id"))
    if NEVER in places.landings:
        own = _files_of(files, places, [NEVER])
        yield replace(scope, files=own, orders=_read(tables, HOMELESS, "homeless"))


def _is_large(tables: Tables, scope: Scope, lines: int) -> bool:
    """Too many lines, or too many days, to be written at once."""
    limits = tables.limits
    if lines > limits.batch_rows:
        return True
    if lines <= limits.batch_dates:
        return False
    if scope.dates is not None:
        return len(scope.dates) > limits.batch_dates
    days = tables.clean("order_items", scope.files).select(F.to_date("created_at"))
    return days.distinct().count() > limits.batch_dates


def _place(tables: Tables, scope: Scope, part: tuple[int, int], places: _Places) -> None:
    """Put the days of one part's orders, and orders of options that have no line, on disk."""
    own = F.pmod(F.hash(F.col("order_id")), F.lit(part[1])) == part[0]
    scope = scope.where(own)
    lines = scope.only(tables.clean("order_items", scope.files).where(own))
    first = F.min(F.to_date("created_at")).alias("day")
    rows = lines.groupBy("order_id", "_landing_id").agg(first, F.count("*").alias("rows"))
    rows = _keep(tables, rows, ROWS, f"rows/part={part[0]}")
    orders = rows.groupBy("order_id").agg(F.min("day").alias("day"))
    orders = _keep(tables, orders, ORDERS, f"orders/part={part[0]}")
    places.add("order_items", rows.drop("day").join(orders, on="order_id", how="inner"))
    options = scope.only(tables.clean("order_item_options", scope.files).where(own))
    rows = options.groupBy("order_id", "_landing_id").agg(F.count("*").alias("rows"))
    found = rows.join(orders, on="order_id", how="left")
    places.add("order_item_options", found)
    homeless = found.where(F.col("day").isNull()).select("order_id").distinct()
    _keep(tables, homeless, HOMELESS, f"homeless/part={part[0]}")


def _files_of(files: dict[str, CleanFile], places: _Places, days: list[str]) -> list[CleanFile]:
    landings = {i for day in days for i in places.landings[day]}
    return [f for i, f in files.items() if i in landings and f.entity in ENTITIES]


def _keep(tables: Tables, rows: DataFrame, schema: str, name: str) -> DataFrame:
    """The rows, from the scratch folder, where they are written now."""
    rows.write.parquet(str(tables.scratch / name))
    return _read(tables, schema, name)


def _read(tables: Tables, schema: str, name: str) -> DataFrame:
    return tables.spark.read.schema(schema).parquet(str(tables.scratch / name))
