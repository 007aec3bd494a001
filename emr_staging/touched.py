"""Scope: which orders a run must place anew, and which business dates it therefore rebuilds.

Touched are the dates in which an order of a changed file stands now or will stand. A touched date
is rebuilt whole, from the live files that had rows of its orders when it was last built and from
the changed files. Where the changed orders stand now is looked up in the few dates that `spans`
leaves over; only ids without any order make it look at one column of all dates.

A large increment is looked through in parts, each of some of the changed files (or, of restaurants
that moved, some dates), so that memory holds the orders of one part: where an order stands depends
on no other order. On a cluster the engine spills by itself and there is one part.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from emr_staging.landings import CleanFile
from emr_staging.limits import group_by_rows
from emr_staging.plan import Plan
from emr_staging.spans import changed_ranges, near_dates
from emr_staging.state import ENTITIES, State
from emr_staging.tables import Tables
from emr_staging.transforms import PENDING, mark_latest_lines, place_orders

NARROW = (
    "order_id",
    "lineitem_id",
    "restaurant_id",
    "created_at",
    "_landing_id",
    "_source_row",
    "_delivered_at",
)


@dataclass(frozen=True)
class Zones:
    """Time zones of restaurants as a DataFrame (restaurant_id, timezone), and the rules of time."""

    frame: DataFrame
    default_timezone: str
    business_day_start_hour: int

    @property
    def arguments(self) -> tuple[DataFrame, str, int]:
        """What the transforms take."""
        return self.frame, self.default_timezone, self.business_day_start_hour


@dataclass(frozen=True)
class Scope:
    """What a run rebuilds: `orders` (one row per order_id; None: all) from the clean `files`.

    `dates` (None: whatever turns up) are replaced by what the run writes, `pending` among them.
    """

    files: list[CleanFile]
    orders: DataFrame | None = None
    dates: frozenset[str] | None = None

    @property
    def is_empty(self) -> bool:
        """No row changes."""
        return self.dates == frozenset()

    def where(self, condition: Column) -> "Scope":
        """The scope of those of the orders that meet a condition on order_id."""
        return self if self.orders is None else replace(self, orders=self.orders.where(condition))

    def only(self, rows: DataFrame) -> DataFrame:
        """Those of the rows that belong to orders of this scope."""
        if self.orders is None:
            return rows
        return rows.join(self.orders, on="order_id", how="left_semi")

    def others(self, rows: DataFrame) -> DataFrame:
        """Those of the rows that do not belong to orders of this scope."""
        return rows.join(self.orders, on="order_id", how="left_anti")


def find_scope(tables: Tables, plan: Plan, state: State, zones: Zones, moved: list[str]) -> Scope:
    """The scope of a run; `moved` are restaurants whose orders are placed in another time zone."""
    if plan.is_full:
        return Scope(plan.changed_files())
    changed_files = [f for f in plan.changed_files() if f.entity in ENTITIES]
    if not (changed_files or moved):
        return Scope([], None, frozenset())
    parts = list(_parts(tables, plan, state, changed_files, moved))
    if not parts:  # restaurants moved before there was any order
        return Scope([], None, frozenset())
    touched: set[str] = set()
    for part in parts:
        old = _dates_now(tables, state, part)
        touched |= old | _dates_to_be(tables, _sources(plan, state, old), part.orders, zones)
    standing = tables.normalized("order_items", state.files("order_items", touched - {PENDING}))
    changed = reduce(DataFrame.union, [part.orders for part in parts])
    orders = changed.union(standing.select("order_id")).distinct()
    return Scope(_sources(plan, state, touched), orders, frozenset(touched | {PENDING}))


@dataclass(frozen=True)
class _Part:
    """Changed `orders` (one row per order_id) and the business dates they may stand in now."""

    orders: DataFrame
    near: list[str]


def _parts(
    tables: Tables, plan: Plan, state: State, files: list[CleanFile], moved: list[str]
) -> Iterator[_Part]:
    """Orders of changed files, in order of delivery, then those of restaurants that `moved`."""
    most = tables.limits.part_rows if tables.scratch else None
    for group in group_by_rows(((file, file.rows) for file in files), most):
        rows = [tables.clean(entity, group).select("order_id") for entity in ENTITIES]
        orders = rows[0].union(rows[1]).distinct()
        yield _Part(orders, near_dates(state, changed_ranges(tables, orders, group)))
    if moved:
        dates = sorted(state.dates.keys() - {PENDING})
        counted = ((date, state.dates[date]["order_items"]["rows"]) for date in dates)
        for near in group_by_rows(counted, most):
            items = tables.normalized("order_items", state.files("order_items", near))
            of_moved = items.where(F.col("order_restaurant_id").isin(moved))
            yield _Part(of_moved.select("order_id").distinct(), near)


def _dates_now(tables: Tables, state: State, part: _Part) -> set[str]:
    """Business dates, and `pending`, in which any of the part's orders stands now."""
    items = tables.normalized("order_items", state.files("order_items", part.near))
    found = items.join(part.orders, on="order_id", how="left_semi").select("ordered_on")
    dates = {str(row["ordered_on"]) for row in found.distinct().collect()}
    waiting = state.files("order_item_options", [PENDING])
    if waiting:
        pending = tables.normalized("order_item_options", waiting)
        if pending.join(part.orders, on="order_id", how="left_semi").limit(1).count():
            dates.add(PENDING)
    return dates


def _dates_to_be(
    tables: Tables, files: list[CleanFile], orders: DataFrame, zones: Zones
) -> set[str]:
    """Business dates in which these orders will stand, given every live file that has them."""
    lines = tables.clean("order_items", files).select(*NARROW)
    lines = lines.join(orders, on="order_id", how="left_semi")
    placed = place_orders(mark_latest_lines(lines), *zones.arguments)
    return {str(row["ordered_on"]) for row in placed.select("ordered_on").distinct().collect()}


def _sources(plan: Plan, state: State, dates: set[str]) -> list[CleanFile]:
    """The live clean files that may have rows of the orders in these dates, and the new ones."""
    known = {i for entity in ENTITIES for i in state.contributions(entity, dates)}
    live = plan.live("landing_id", known)
    return [f for f in plan.files(live | {*plan.appeared}) if f.entity in ENTITIES]
