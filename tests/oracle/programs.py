"""The loyalty and discount marts, recomputed."""

from typing import Any

import polars as pl

from tests.oracle.exact import money, per, ratio
from tests.oracle.facts import Facts

Rows = list[dict[str, Any]]
LIFTS = {  # the figure of a member against that of a non-member, as sum over sum
    "avg_order_value": ("net", "orders"),
    "avg_spend_per_customer": ("net", "customers"),
    "orders_per_customer": ("orders", "customers"),
    "repeat_rate": ("repeat", "customers"),
    "orders_per_customer_month": ("orders", "days"),
    "spend_per_customer_month": ("net", "days"),
}


def loyalty_impact(facts: Facts) -> Rows:
    sums = {
        ("order_flag", group): _by_flag(facts, group) for group in ("member", "non_member", "guest")
    } | {
        ("customer_ever", "member"): _by_customer(facts, True),
        ("customer_ever", "non_member"): _by_customer(facts, False),
    }
    return [
        {"basis": basis, "loyalty_group": group}
        | _measures(found, sums[basis, "non_member"] if group == "member" else None)
        for (basis, group), found in sums.items()
    ]


def _by_flag(facts: Facts, group: str) -> dict[str, int]:
    """A group of orders by the flag at order time."""
    orders = facts.orders.filter(pl.col("loyalty_group") == group)
    sales = orders.filter("is_sale_order")
    named = sales.filter(~pl.col("is_guest")).group_by("customer_id").len()
    return {
        "customers": named.height,
        "repeat": named.filter(pl.col("len") >= 2).height,
        "orders": sales.height,
        "net": orders["net_revenue"].sum(),
        "days": 0,
    }


def _by_customer(facts: Facts, is_member: bool) -> dict[str, int]:
    """All orders of the customers who ever (or never) ordered as a member."""
    group = [c for c in facts.customers if (c.joined_on is not None) == is_member]
    return {
        "customers": len(group),
        "repeat": sum(customer.orders >= 2 for customer in group),
        "orders": sum(customer.orders for customer in group),
        "net": sum(customer.net for customer in group),
        "days": sum(max((facts.as_of - c.visits[0]).days + 1, 30) for c in group),
    }


def _measures(found: dict[str, int], base: dict[str, int] | None) -> dict[str, Any]:
    customers, orders, net, days = (found[n] for n in ("customers", "orders", "net", "days"))
    return {
        "customers": customers,
        "orders": orders,
        "net_revenue": money(net),
        "avg_order_value": per(net, orders),
        "avg_spend_per_customer": per(net, customers),
        "orders_per_customer": ratio(orders, customers),
        "repeat_rate": ratio(found["repeat"], customers),
        "orders_per_customer_month": ratio(30 * orders, days),
        "spend_per_customer_month": per(30 * net, days),
    } | {f"{name}_lift_pct": _lift(found, base, *parts) for name, parts in LIFTS.items()}


def _lift(found: dict[str, int], base: dict[str, int] | None, top: str, bottom: str) -> Any:
    """100 x (member's figure / non-member's figure - 1), from the sums themselves."""
    if base is None or base[top] <= 0 or 0 in (found[bottom], base[bottom]):
        return None
    ours, theirs = found[top] * base[bottom], base[top] * found[bottom]
    return ratio(100 * (ours - theirs), theirs)


def discount_effectiveness(facts: Facts) -> Rows:
    sales = facts.orders.filter("is_sale_order")
    has_discount = sales["is_discounted"].any()
    rows: Rows = []
    for name, is_discounted in (("discounted", True), ("full_price", False)):
        group = sales.filter(pl.col("is_discounted") == is_discounted)
        gross, discount, net = (
            group[c].sum() for c in ("gross_revenue", "discount_amount", "net_revenue")
        )
        rows.append(
            {
                "order_group": name,
                "orders": group.height,
                "gross_revenue": money(gross),
                "discount_amount": money(discount),
                "net_revenue": money(net),
                "aov_net": per(net, group.height),
                "aov_gross": per(gross, group.height),
                "units_per_order": ratio(group["units"].sum(), group.height),
                "share_of_orders": ratio(group.height, sales.height),
                "share_of_net": ratio(net, sales["net_revenue"].sum()),
                "discount_rate": ratio(discount, gross),
                "signal": "discounts_recorded" if has_discount else "no_discount_recorded",
            }
        )
    return rows
