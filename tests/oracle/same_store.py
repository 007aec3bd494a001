"""Same-store sales, recomputed: growth by more orders, and growth by a higher check."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from tests.oracle.exact import UNIT, add_months, change_pct, money, per, ratio
from tests.oracle.facts import Facts
from tests.oracle.sales import earlier_start, in_periods, period_end

Rows = list[dict[str, Any]]
Pair = tuple[int, int, int, int]  # net and orders of a period, net and orders a year before


def same_store_sales_by_location(facts: Facts) -> Rows:
    return [
        {"period_grain": grain, "period_start": start, "restaurant_id": restaurant}
        | {"net_revenue": money(pair[0]), "last_year_net_revenue": money(pair[2])}
        | {"orders": pair[1], "last_year_orders": pair[3]}
        | _effects(pair)
        for (grain, start, restaurant), pair in _pairs(facts).items()
    ]


def same_store_sales(facts: Facts) -> Rows:
    stores: dict[tuple[str, date], list[Pair]] = defaultdict(list)
    for (grain, start, _), pair in _pairs(facts).items():
        stores[grain, start].append(pair)
    return [
        {"period_grain": grain, "period_start": start, "restaurants": len(pairs)}
        | _compared(tuple(sum(column) for column in zip(*pairs, strict=True)))
        for (grain, start), pairs in stores.items()
    ]


def _compared(pair: Pair) -> dict[str, Any]:
    net, orders, old_net, old_orders = pair
    effects = _effects(pair)
    at_old_check = int((money(old_net) + effects["traffic_effect"]) * UNIT)
    return {
        "net_revenue": money(net),
        "last_year_net_revenue": money(old_net),
        "net_change_pct": change_pct(net, old_net),
        "orders": orders,
        "last_year_orders": old_orders,
        "traffic_change_pct": change_pct(orders, old_orders),
        "avg_check": per(net, orders),
        "last_year_avg_check": per(old_net, old_orders),
        "avg_check_change_pct": change_pct(net, at_old_check),
    } | effects


def _effects(pair: Pair) -> dict[str, Decimal]:
    """The change in money: more orders at last year's check, and the rest."""
    net, orders, old_net, old_orders = pair
    traffic = ratio((orders - old_orders) * old_net, old_orders * UNIT)
    return {"traffic_effect": traffic, "check_effect": money(net - old_net) - traffic}


def _pairs(facts: Facts) -> dict[tuple[str, date, str], Pair]:
    """Complete periods of stores old enough at their end, that traded in them and a year before."""
    place = ["period_grain", "period_start", "restaurant_id"]
    sums = in_periods(facts.orders, facts).group_by(place)
    rows = sums.agg(pl.col("net_revenue").sum(), orders=pl.col("is_sale_order").sum()).iter_rows()
    found = {row[:3]: row[3:] for row in rows if row[4] > 0}
    sales = facts.orders.filter("is_sale_order").group_by("restaurant_id")
    opened = dict(sales.agg(pl.col("business_date").min()).iter_rows())
    pairs = {}
    for (grain, start, restaurant), now in found.items():
        end = period_end(grain, start)
        before = found.get((grain, earlier_start(grain, start, True), restaurant))
        old_enough = add_months(end, -facts.settings["comparable_months"])
        if before and end <= facts.as_of and opened[restaurant] <= old_enough:
            pairs[grain, start, restaurant] = (*now, *before)
    return pairs
