"""The before-and-after marts, recomputed: joining, a first discount, days with a discount."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from tests.oracle.exact import UNIT, change_pct, money, ratio
from tests.oracle.facts import Customer, Facts
from tests.oracle.sales import period_start

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Change:
    """Orders and net of one customer in equal windows before and after a day."""

    day: date
    orders: tuple[int, int]
    net: tuple[int, int]
    is_observed: bool


def compare(facts: Facts, customer: Customer, day: date, window: int) -> Change:
    """The window before `day` against the window after it; the day itself is in neither."""
    length, one = timedelta(days=window), timedelta(days=1)
    before = customer.between(day - length, day - one)
    after = customer.between(day + one, day + length)
    return Change(
        day=day,
        orders=(sum(d.orders for d in before), sum(d.orders for d in after)),
        net=(sum(d.net for d in before), sum(d.net for d in after)),
        is_observed=customer.visits[0] <= day - length and day + length <= facts.as_of,
    )


def loyalty_before_after(facts: Facts) -> Rows:
    window = facts.settings["loyalty_window_days"]
    joined = [c for c in facts.customers if c.joined_on and c.joined_on > c.visits[0]]
    changes = [compare(facts, customer, customer.joined_on, window) for customer in joined]
    return [{"cohort": "joiners"} | _cohort(changes) | _matched(facts, changes, window)]


def discount_before_after(facts: Facts) -> Rows:
    changes = []
    for customer in facts.customers:
        days = [day for day, done in customer.days.items() if done.discounted_orders]
        if days and min(days) > customer.visits[0]:
            window = facts.settings["discount_window_days"]
            changes.append(compare(facts, customer, min(days), window))
    signal = _signal(facts.orders["is_discounted"].any())
    return [{"cohort": "first_discount"} | _cohort(changes) | {"signal": signal}]


def _signal(is_recorded: bool) -> str:
    return "discounts_recorded" if is_recorded else "no_discount_recorded"


def _cohort(changes: list[Change]) -> dict[str, Any]:
    eligible = [change for change in changes if change.is_observed]
    before, after = (sum(change.orders[side] for change in eligible) for side in (0, 1))
    return {
        "customers_total": len(changes),
        "customers_eligible": len(eligible),
        "orders_before": before,
        "orders_after": after,
        "orders_change_pct": change_pct(after, before),
        "net_before": money(sum(change.net[0] for change in eligible)),
        "net_after": money(sum(change.net[1] for change in eligible)),
        "customers_up": sum(change.orders[1] > change.orders[0] for change in eligible),
        "customers_down": sum(change.orders[1] < change.orders[0] for change in eligible),
    }


def _matched(facts: Facts, joiners: list[Change], window: int) -> dict[str, Any]:
    """Joiners against the mean of the never-members of the same week and class."""
    controls = defaultdict(list)
    for change in _controls(facts, window):
        if change.is_observed:
            controls[_stratum(facts, change)].append(change.orders[1] - change.orders[0])
    matched = [c for c in joiners if c.is_observed and controls.get(_stratum(facts, c))]
    own = sum(c.orders[1] - c.orders[0] for c in matched)
    means = (_mean(controls[_stratum(facts, change)]) for change in matched)
    mean_own = ratio(own, len(matched))
    mean_controls = _rounded(sum(means) / len(matched)) if matched else None
    return {
        "matched_joiners": len(matched),
        "mean_change_joiners": mean_own,
        "mean_change_controls": mean_controls,
        "did_orders_per_customer": mean_own - mean_controls if matched else None,
    }


def _controls(facts: Facts, window: int) -> Iterable[Change]:
    """One anchor per never-member and week with an order: the first order day of the week."""
    for customer in facts.customers:
        if customer.joined_on is None:
            anchors: dict[date, date] = {}
            for day in customer.visits:
                week = period_start("week", day, facts.settings["week_start"])
                anchors.setdefault(week, day)
            yield from (compare(facts, customer, day, window) for day in anchors.values())


def _stratum(facts: Facts, change: Change) -> tuple[date, int]:
    """The week, and the class of orders before: 0, 1, 2, 3-4, 5-8, 9-16, 17+."""
    lower_bounds = (0, 1, 2, 3, 5, 9, 17)
    band = max(bound for bound in lower_bounds if bound <= change.orders[0])
    return period_start("week", change.day, facts.settings["week_start"]), band


def _mean(values: list[int]) -> Fraction:
    return Fraction(sum(values), len(values))


def _rounded(value: Fraction) -> Any:
    return ratio(value.numerator, value.denominator)


def discount_lift(facts: Facts) -> Rows:
    days = facts.orders.group_by("restaurant_id", "business_date").agg(
        orders=pl.col("is_sale_order").sum(),
        net=pl.col("net_revenue").sum(),
        is_discount_day=pl.col("is_discounted").any(),
    )
    traded = days.filter(pl.col("orders") > 0)
    return [_lift(restaurant, own) for (restaurant,), own in traded.group_by("restaurant_id")]


def _lift(restaurant: str, days: pl.DataFrame) -> dict[str, Any]:
    """Discount days against the mean of the store's other days of the same weekday."""
    others = defaultdict(list)
    for day, orders, net, is_discount_day in days.drop("restaurant_id").iter_rows():
        if not is_discount_day:
            others[day.weekday()].append((orders, net))
    rows = days.filter("is_discount_day").drop("restaurant_id").iter_rows()
    counted = [(day, orders, net) for day, orders, net, _ in rows if others.get(day.weekday())]
    orders, net = (sum(row[i] for row in counted) for i in (1, 2))
    base_orders, base_net = (
        sum(_mean([other[i] for other in others[row[0].weekday()]]) for row in counted)
        for i in (0, 1)
    )
    return {
        "restaurant_id": restaurant,
        "discount_days": len(counted),
        "orders": orders,
        "baseline_orders": _rounded(Fraction(base_orders)),
        "net_revenue": money(net),
        "baseline_net": _rounded(Fraction(base_net) / UNIT),
        "orders_lift_pct": _rounded(100 * (orders / base_orders - 1)) if counted else None,
        "signal": _signal(days["is_discount_day"].any()),
    }
