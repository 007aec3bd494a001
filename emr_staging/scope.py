"""Scope: which business dates a run rebuilds, and which files it must read for that.

Touched are the dates in which an order of a changed file lives now or will live. A date is rebuilt
from its contributors (the landings that had rows of its orders, winning or not, when it was last
built) and the changed files; both are known without reading history, but for one scan of two
columns of the normalized lines, which finds where the changed orders live now.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from emr_staging.live import Landing
from emr_staging.read import Reader
from emr_staging.state import Current, RunFiles
from emr_staging.transforms import (
    PENDING,
    mark_superseded_lines,
    partition_of,
    pick_restaurants,
    place_orders,
)

Zones = dict[str, str | None]  # restaurant id -> time zone


@dataclass(frozen=True)
class Scope:
    """What a run reads and rebuilds.

    `orders` (one row per order id, None: every order) are computed anew; `touched` (None: whatever
    turns up) are the dates that are replaced; `kept` are pending options of other orders.
    """

    items: list[Landing]
    options: list[Landing]
    restaurants: list[Landing]
    zones: Zones
    orders: DataFrame | None = None
    touched: set[str] | None = None
    kept: DataFrame | None = None
    kept_landings: set[str] = field(default_factory=set)


def find_scope(
    reader: Reader,
    current: Current | None,
    live: dict[str, Landing],
    changed: list[Landing],
    settings: Any,
) -> Scope:
    """The scope of a run; everything when `current` is None."""
    restaurants = [each for each in live.values() if each.entity == "restaurants"]
    zones = _read_zones(reader, restaurants)
    if current is None:
        return Scope(
            items=[each for each in live.values() if each.entity == "order_items"],
            options=[each for each in live.values() if each.entity == "order_item_options"],
            restaurants=restaurants,
            zones=zones,
        )
    return _Search(reader, current, live, changed, settings, restaurants, zones).scope()


@dataclass(frozen=True)
class _Search:
    reader: Reader
    current: Current
    live: dict[str, Landing]
    changed: list[Landing]
    settings: Any
    restaurants: list[Landing]
    zones: Zones
    runs: RunFiles = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "runs", RunFiles(self.reader.store))

    def scope(self) -> Scope:
        """Find the changed orders, the dates they touch, and what those dates are built from."""
        index = self._index()
        changed_orders = self._changed_orders(index)
        old = _dates(index.join(changed_orders, on="order_id", how="left_semi"))
        new = self._new_dates(changed_orders, old)
        touched = old | new
        pending = self._pending()
        homeless = pending.join(index, on="order_id", how="left_anti").select("order_id")
        living = index.where(partition_of("ordered_on").isin(sorted(touched))).select("order_id")
        orders = changed_orders.union(living).union(homeless).distinct()
        return Scope(
            items=self._contributors("order_items", touched),
            options=self._contributors("order_item_options", touched | {PENDING}),
            restaurants=self.restaurants,
            zones=self.zones,
            orders=orders,
            touched=touched,
            kept=pending.join(orders, on="order_id", how="left_anti"),
            kept_landings=self._landings("order_item_options", {PENDING}) & self.live.keys(),
        )

    def _index(self) -> DataFrame:
        """Where every order lives now: order_id, ordered_on, order_restaurant_id."""
        files = [
            file
            for day in self.current["dates"]
            if day != PENDING
            for file in self.runs.files(self.current, "order_items", day)
        ]
        lines = self.reader.normalized("order_items", files)
        return lines.select("order_id", "ordered_on", "order_restaurant_id")

    def _pending(self) -> DataFrame:
        known = PENDING in self.current["dates"]
        files = self.runs.files(self.current, "order_item_options", PENDING) if known else []
        return self.reader.normalized("order_item_options", files)

    def _changed_orders(self, index: DataFrame) -> DataFrame:
        """Orders of the changed files, and those of restaurants that have another time zone now."""
        frames = [
            self.reader.clean(entity, self.changed).select("order_id")
            for entity in ("order_items", "order_item_options")
        ]
        before = self.current["zones"]
        ids = before.keys() | self.zones.keys()
        moved = sorted(i for i in ids if before.get(i) != self.zones.get(i))
        if moved:
            frames.append(index.where(F.col("order_restaurant_id").isin(moved)).select("order_id"))
        return reduce(DataFrame.union, frames).distinct()

    def _new_dates(self, changed_orders: DataFrame, old: set[str]) -> set[str]:
        items = self.reader.clean("order_items", self._contributors("order_items", old))
        lines = mark_superseded_lines(items.join(changed_orders, on="order_id", how="left_semi"))
        return _dates(place(self.reader, lines, self.zones, self.settings))

    def _contributors(self, entity: str, dates: Iterable[str]) -> list[Landing]:
        """Live landings that the dates are built from: their contributors and the changed files."""
        ids = self._landings(entity, dates) | {each.landing_id for each in self.changed}
        found = (self.live[i] for i in sorted(ids & self.live.keys()))
        return [each for each in found if each.entity == entity]

    def _landings(self, entity: str, dates: Iterable[str]) -> set[str]:
        known = [day for day in dates if day in self.current["dates"]]
        return {i for day in known for i in self.runs.landings(self.current, entity, day)}


def place(reader: Reader, lines: DataFrame, zones: Zones, settings: Any) -> DataFrame:
    """`place_orders` with the zones and the settings of a run."""
    rows = sorted((i, zone) for i, zone in zones.items() if zone)
    frame = reader.spark.createDataFrame(rows, "restaurant_id string, timezone string")
    start = settings.business_day_start_hour
    return place_orders(lines, frame, settings.default_timezone, start)


def _read_zones(reader: Reader, restaurants: list[Landing]) -> Zones:
    rows = pick_restaurants(reader.clean("restaurants", restaurants))
    return {row.restaurant_id: row.timezone for row in rows.collect()}


def _dates(orders: DataFrame) -> set[str]:
    found = orders.select("ordered_on").distinct().collect()
    return {day.isoformat() for (day,) in found if isinstance(day, date)}
