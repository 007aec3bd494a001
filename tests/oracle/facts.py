"""What the oracle knows of a franchise, from normalized rows: lines, orders and customers."""

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
LINE = ["order_id", "lineitem_id"]
SAME = ["restaurant_id", "app_name", "currency", "ordered_at", "ordered_at_local", "business_date"]
MONEY = ["gross_revenue", "discount_amount", "refund_amount", "net_revenue"]


@dataclass
class Day:
    """What one customer did on one business date."""

    orders: int = 0
    discounted_orders: int = 0
    lines: int = 0
    net: int = 0
    is_loyal: bool = False


@dataclass
class Customer:
    """One customer's days; only those with a sale order are `visits`."""

    customer_id: str
    days: dict[date, Day] = field(default_factory=lambda: defaultdict(Day))

    @cached_property
    def visits(self) -> list[date]:
        return sorted(day for day, facts in self.days.items() if facts.orders > 0)

    @cached_property
    def orders(self) -> int:
        return sum(facts.orders for facts in self.days.values())

    @cached_property
    def net(self) -> int:
        return sum(facts.net for facts in self.days.values())

    @cached_property
    def joined_on(self) -> date | None:
        """Day of the first loyalty order."""
        return min((day for day, facts in self.days.items() if facts.is_loyal), default=None)

    def between(self, first: date, last: date) -> list[Day]:
        """The days from `first` to `last`, both included."""
        return [facts for day, facts in self.days.items() if first <= day <= last]


class Facts:
    """Lines and orders (polars) and customers (Python) of one franchise up to as_of."""

    def __init__(self, lines: pl.DataFrame, options: pl.DataFrame, settings: dict[str, Any]):
        self.settings = settings
        lines = lines.filter(~pl.col("app_name").fill_null("").is_in(settings["excluded_apps"]))
        given = settings["as_of_date"]
        last = lines["business_date"].max()
        self.as_of: date | None = date.fromisoformat(given) if given and last else last
        lines = lines.filter(pl.col("business_date") <= pl.lit(self.as_of, dtype=pl.Date))
        priced = price_lines(lines, options, settings)
        self.orders = sum_orders(priced)
        of_order = self.orders.select(
            "order_id", "customer_id", "daypart", "local_hour", "is_sale_order"
        )
        self.lines = priced.drop("customer_id").join(of_order, on="order_id")

    @cached_property
    def customers(self) -> list[Customer]:
        """Customers with at least one sale order; guests and refund-only users are none."""
        known: dict[str, Customer] = {}
        for order in self.orders.filter(~pl.col("is_guest")).iter_rows(named=True):
            name = order["customer_id"]
            day = known.setdefault(name, Customer(name)).days[order["business_date"]]
            day.orders += order["is_sale_order"]
            day.discounted_orders += order["is_discounted"]
            day.lines += order["line_count"] if order["is_sale_order"] else 0
            day.net += order["net_revenue"]
            day.is_loyal |= order["is_loyalty"] and order["is_sale_order"]
        kept = [customer for customer in known.values() if customer.visits]
        if self.settings["exclude_non_individuals"]:
            kept = [customer for customer in kept if not self.is_no_person(customer)]
        return kept

    def is_no_person(self, customer: Customer) -> bool:
        """Whether an account is too busy for one person."""
        lines = sum(day.lines for day in customer.days.values())
        busiest = max(day.orders for day in customer.days.values())
        return (
            lines >= self.settings["non_individual_lines"]
            or busiest >= self.settings["non_individual_orders_per_day"]
        )


def units(column: str) -> pl.Expr:
    """A decimal(18, 4) as whole ten-thousandths."""
    return pl.col(column).cast(pl.Decimal(18, 4)).to_physical().cast(pl.Int64)


def price_lines(
    lines: pl.DataFrame, options: pl.DataFrame, settings: dict[str, Any]
) -> pl.DataFrame:
    """One row per line with its gross, discount, refund and net in ten-thousandths."""
    quantities = lines.select(*LINE, "item_quantity")
    per_unit = pl.col("item_quantity") if settings["options_per_unit"] else 1
    amounts = options.join(quantities, on=LINE).select(
        *LINE, amount=units("option_price") * pl.col("option_quantity") * per_unit
    )
    summed = amounts.group_by(LINE).agg(
        paid=pl.col("amount").clip(lower_bound=0).sum(),
        discount_amount=(-pl.col("amount")).clip(lower_bound=0).sum(),
    )
    times = pl.col("item_quantity") if settings["item_price_basis"] == "unit" else 1
    customer = pl.col("user_id").str.strip_chars(" ")
    category = pl.col("item_category").str.strip_chars(" ")
    return (
        lines.rename({"order_restaurant_id": "restaurant_id"})
        .join(summed, on=LINE, how="left")
        .with_columns(
            item_amount=units("item_price") * times,
            paid=pl.col("paid").fill_null(0),
            discount_amount=pl.col("discount_amount").fill_null(0),
            customer_id=pl.when(customer != "").then(customer),
            item_category=pl.when(category != "").then(category).otherwise(None),
        )
        .with_columns(
            item_category=pl.col("item_category").fill_null("Uncategorized").replace(categories()),
            gross_revenue=pl.col("item_amount").clip(lower_bound=0) + pl.col("paid"),
            refund_amount=(-pl.col("item_amount")).clip(lower_bound=0),
            is_sale_line=(pl.col("item_quantity") > 0) & (pl.col("item_amount") >= 0),
        )
        .with_columns(
            net_revenue=pl.col("gross_revenue")
            - pl.col("discount_amount")
            - pl.col("refund_amount"),
            units=pl.when("is_sale_line").then("item_quantity").otherwise(0),
        )
    )


def sum_orders(lines: pl.DataFrame) -> pl.DataFrame:
    """One row per order; its customer is the first one named on its lines."""
    dayparts = hours_of_dayparts()
    hour = pl.col("ordered_at_local").dt.hour().cast(pl.Int32)
    customers = (
        lines.filter(pl.col("customer_id").is_not_null())
        .sort("created_at", "lineitem_id")
        .group_by("order_id", maintain_order=True)
        .agg(pl.col("customer_id").first())
    )
    return (
        lines.group_by("order_id")
        .agg(
            *(pl.col(name).min() for name in SAME),
            is_loyalty=pl.col("is_loyalty").any(),
            is_sale_order=pl.col("is_sale_line").any(),
            line_count=pl.len().cast(pl.Int64),
            units=pl.col("units").sum(),
            **{name: pl.col(name).sum() for name in MONEY},
        )
        .join(customers, on="order_id", how="left")
        .with_columns(
            local_hour=hour,
            daypart=hour.replace_strict(dayparts, return_dtype=pl.String),
            is_guest=pl.col("customer_id").is_null(),
            is_discounted=pl.col("is_sale_order") & (pl.col("discount_amount") > 0),
        )
        .with_columns(
            loyalty_group=pl.when("is_guest")
            .then(pl.lit("guest"))
            .when("is_loyalty")
            .then(pl.lit("member"))
            .otherwise(pl.lit("non_member"))
        )
    )


def read_seed(name: str) -> list[dict[str, str]]:
    """The rows of one seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def categories() -> dict[str, str]:
    """The category in the reports of each delivered one that has another."""
    rows = read_seed("item_categories")
    return {row["delivered_category"]: row["item_category"] for row in rows}


def hours_of_dayparts() -> dict[int, str]:
    """The daypart of each clock hour; one that ends before it starts runs past midnight."""
    hours: dict[int, str] = {}
    for row in read_seed("dayparts"):
        start, end = int(row["start_hour"]), int(row["end_hour"])
        length = (end - start) % 24 or 24
        hours |= {(start + i) % 24: row["daypart"] for i in range(length)}
    return hours
