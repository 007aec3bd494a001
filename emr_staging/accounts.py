"""What a run wrote, counted from the files themselves: rows, money and landings by date."""

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from emr_staging.errors import NormalizeError
from emr_staging.plan import Plan
from emr_staging.spans import Span, join_spans
from emr_staging.state import ENTITIES, Json, State
from emr_staging.tables import Tables
from emr_staging.transforms import PENDING, SUPERSEDED

Files = dict[str, list[Json]]  # folder -> files
ZERO = Decimal("0.0000")


def _no_rows() -> dict[str, Json]:
    return {
        entity: {"rows": 0, "superseded": 0, price: ZERO, f"superseded_{price}": ZERO}
        for entity, price in ENTITIES.items()
    }


def _no_landings() -> dict[str, set[str]]:
    return {entity: set() for entity in ENTITIES}


@dataclass
class Account:
    """Files by entity and folder; counts and landings by date; the spans of landings with lines.

    `pending` is a date here. `restaurants` are those whose orders were written.
    """

    files: dict[str, Files] = field(default_factory=lambda: {entity: {} for entity in ENTITIES})
    counts: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(_no_rows))
    landings: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(_no_landings)
    )
    spans: dict[str, Span] = field(default_factory=dict)
    restaurants: set[str] = field(default_factory=set)

    def entry(self, date: str) -> dict[str, Json]:
        """The counts of a date as JSON."""
        return {entity: _to_json(counts) for entity, counts in self.counts[date].items()}


def count_written(tables: Tables, files: dict[str, Files]) -> Account:
    """Count what the files of a run hold. Raises NormalizeError unless their footers agree."""
    account = Account(files)
    for entity in ENTITIES:
        kept = live_files(files[entity])
        replaced = files[entity].get(SUPERSEDED, [])
        price = ENTITIES[entity]
        _count(account, tables, entity, kept, ("rows", price))
        _count(account, tables, entity, replaced, ("superseded", f"superseded_{price}"))
        _check_footers(account, entity)
    _add_waiting(account, tables)
    lines = tables.normalized("order_items", live_files(files["order_items"]))
    found = lines.select("order_restaurant_id").distinct().collect()
    account.restaurants = {row["order_restaurant_id"] for row in found}
    return account


def live_files(files: Files) -> list[Json]:
    """The files of all folders but that of superseded rows."""
    return [f for folder, found in files.items() if folder != SUPERSEDED for f in found]


def check_against_ledgers(plan: Plan, state: State, totals: dict[str, Json]) -> None:
    """Raise NormalizeError unless the rows and money grew by exactly what the ledgers say."""
    held = {} if plan.is_full else state.current.get("totals", {})
    for entity, price in ENTITIES.items():
        rows, money = _sum_totals(totals[entity], price)
        rows_before, money_before = _sum_totals(held[entity], price) if held else (0, ZERO)
        came, came_money = _sum_files(plan, plan.appeared, entity)
        went, went_money = _sum_files(plan, plan.gone, entity)
        found = rows - rows_before, money - money_before
        expected = came - went, came_money - went_money
        if found != expected:
            raise NormalizeError(
                f"{entity}: the ledgers say {expected[0]} more rows with {price} {expected[1]}, "
                f"but {found[0]} with {found[1]} were written. Nothing of this run is visible."
            )


def _count(
    account: Account, tables: Tables, entity: str, files: list[Json], names: tuple[str, str]
) -> None:
    if not files:
        return
    for row in _sums(tables.normalized(entity, files), ENTITIES[entity]):
        date, landing = str(row["ordered_on"] or PENDING), row["_landing_id"]
        counts = account.counts[date][entity]
        counts[names[0]] += row["rows"]
        counts[names[1]] += row["price"]
        account.landings[date][entity].add(landing)
        if entity == "order_items":
            held = account.spans.get(landing)
            account.spans[landing] = join_spans(held, [row["low"], row["high"], date, date])


def _sums(rows: DataFrame, price: str) -> list[dict[str, Any]]:
    sums = rows.groupBy(F.col("ordered_on"), F.col("_landing_id")).agg(
        F.count("*").alias("rows"),
        F.sum(price).alias("price"),
        F.min("order_id").alias("low"),
        F.max("order_id").alias("high"),
    )
    return sums.toArrow().to_pylist()


def _check_footers(account: Account, entity: str) -> None:
    found = account.files[entity]
    held = {folder: sum(f["rows"] for f in files) for folder, files in found.items()}
    counted = {date: counts[entity]["rows"] for date, counts in account.counts.items()}
    counted[SUPERSEDED] = sum(counts[entity]["superseded"] for counts in account.counts.values())
    for folder in held.keys() | counted.keys():
        if held.get(folder, 0) != counted.get(folder, 0):
            raise NormalizeError(
                f"{entity} of {folder}: its files hold {held.get(folder, 0)} rows by their footers "
                f"but {counted.get(folder, 0)} by their dates. Nothing of this run is visible."
            )


def _add_waiting(account: Account, tables: Tables) -> None:
    """An option without its line also belongs to the date of its order, when that is there."""
    options = account.files["order_item_options"]
    folders = [*options.get(PENDING, []), *options.get(SUPERSEDED, [])]
    if not folders:
        return
    waiting = tables.normalized("order_item_options", folders)
    waiting = waiting.where(F.col("ordered_on").isNull()).select("order_id", "_landing_id")
    lines = tables.normalized("order_items", live_files(account.files["order_items"]))
    orders = lines.select("order_id", "ordered_on").join(
        F.broadcast(waiting.select("order_id").distinct()), on="order_id", how="left_semi"
    )
    placed = waiting.join(orders.distinct(), on="order_id").select("ordered_on", "_landing_id")
    for row in placed.distinct().collect():
        account.landings[str(row["ordered_on"])]["order_item_options"].add(row["_landing_id"])


def _sum_totals(totals: Json, price: str) -> tuple[int, Decimal]:
    money = Decimal(totals[price]) + Decimal(totals[f"superseded_{price}"])
    return totals["rows"] + totals["superseded"], money


def _sum_files(plan: Plan, landing_ids: list[str], entity: str) -> tuple[int, Decimal]:
    files = [f for f in plan.files(landing_ids) if f.entity == entity]
    return sum(f.rows for f in files), sum((f.price for f in files), ZERO)


def _to_json(counts: Json) -> Json:
    return {name: f"{n:.4f}" if isinstance(n, Decimal) else n for name, n in counts.items()}
