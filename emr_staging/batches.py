"""Batches: a scope too large for memory becomes several, each of a few consecutive business dates.

First every order is placed, from the few columns that this needs and part by part of the order ids;
then each batch reads the clean files that have rows of its orders. Only for engines on one machine:
a cluster's engine spills to its disks by itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from emr_staging.landings import CleanFile
from emr_staging.state import ENTITIES
from emr_staging.tables import Tables
from emr_staging.touched import NARROW, Scope, Zones, group_by_rows
from emr_staging.transforms import PENDING, mark_latest_lines, place_orders

ORDERS = "order_id string, ordered_on date, _landing_id string"
HOMELESS = "order_id string"


@dataclass
class _Places:
    """By business date (or `pending`): the landings of its orders, and how many lines it has."""

    landings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    lines: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, entity: str, counted: DataFrame) -> None:
        for date, landing, rows in counted.collect():
            self.landings[str(date or PENDING)].add(landing)
            if entity == "order_items":
                self.lines[str(date)] += rows


def split(tables: Tables, scope: Scope, zones: Zones) -> Iterator[Scope]:
    """The scope itself when it is small, else scopes that are, which hold its orders together."""
    lines = sum(f.rows for f in scope.files if f.entity == "order_items")
    if tables.scratch is None or lines <= tables.limits.batch_rows:
        yield scope
        return
    places = _Places()
    parts = ceil(lines / tables.limits.part_rows)
    for part in range(parts):
        _place(tables, scope, zones, (part, parts), places)
    orders = tables.spark.read.schema(ORDERS).parquet(_folder(tables, "orders", None))
    files = {f.landing_id: f for f in scope.files}
    for dates in group_by_rows(sorted(places.lines.items()), tables.limits.batch_rows):
        chosen = orders.where(F.col("ordered_on").isin(dates)).select("order_id").distinct()
        yield Scope(_files_of(files, places, dates), chosen, frozenset(dates))
    if PENDING in places.landings:
        folder = _folder(tables, "homeless", None)
        homeless = tables.spark.read.schema(HOMELESS).parquet(folder)
        yield Scope(_files_of(files, places, [PENDING]), homeless, frozenset([PENDING]))


def _place(
    tables: Tables, scope: Scope, zones: Zones, part: tuple[int, int], places: _Places
) -> None:
    """Place the orders of one part; their dates, and orders of options that have none, to disk."""
    own = F.pmod(F.hash(F.col("order_id")), F.lit(part[1])) == part[0]
    scope = scope.where(own)
    lines = scope.only(tables.clean("order_items", scope.files).select(*NARROW).where(own))
    placed = place_orders(mark_latest_lines(lines), *zones.arguments)
    folder = _folder(tables, "orders", part[0])
    placed.select("order_id", "ordered_on", "_landing_id").write.parquet(folder)
    placed = tables.spark.read.schema(ORDERS).parquet(folder)
    places.add("order_items", _count(placed))
    options = tables.clean("order_item_options", scope.files).select("order_id", "_landing_id")
    orders = placed.select("order_id", "ordered_on").distinct()
    found = scope.only(options.where(own)).join(orders, on="order_id", how="left")
    places.add("order_item_options", _count(found))
    homeless = found.where(F.col("ordered_on").isNull()).select("order_id").distinct()
    homeless.write.parquet(_folder(tables, "homeless", part[0]))


def _count(rows: DataFrame) -> DataFrame:
    return rows.groupBy(F.col("ordered_on"), F.col("_landing_id")).agg(F.count("*"))


def _files_of(files: dict[str, CleanFile], places: _Places, dates: list[str]) -> list[CleanFile]:
    landings = {i for date in dates for i in places.landings[date]}
    return [files[i] for i in sorted(landings) if files[i].entity in ENTITIES]


def _folder(tables: Tables, name: str, part: int | None) -> str:
    folder = tables.scratch / name
    return str(folder if part is None else folder / f"part={part}")
