"""Acquisition, retention and the back-test of the churn rules, recomputed."""

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

from tests.oracle.exact import UNIT, add_months, money, per, ratio
from tests.oracle.facts import Customer, Facts
from tests.oracle.sales import in_periods

Rows = list[dict[str, Any]]
FEWEST_VISITS = 3  # below it nobody is overdue or not


def by_first_month(facts: Facts) -> dict[date, list[Customer]]:
    cohorts: dict[date, list[Customer]] = defaultdict(list)
    for customer in facts.customers:
        cohorts[customer.visits[0].replace(day=1)].append(customer)
    return cohorts


def cohort_retention(facts: Facts) -> Rows:
    rows: Rows = []
    for cohort, customers in by_first_month(facts).items():
        cumulative, month, since = 0, cohort, 0
        while month <= facts.as_of:
            following = add_months(month, 1)
            begin = date.min if since == 0 else month
            days = [(c, c.between(begin, following - timedelta(days=1))) for c in customers]
            net = sum(day.net for _, done in days for day in done)
            active = sum(any(day.orders for day in done) for _, done in days)
            cumulative += net
            rows.append(
                {
                    "cohort_month": cohort,
                    "months_since": since,
                    "customers": len(customers),
                    "active_customers": active,
                    "retention_rate": ratio(active, len(customers)),
                    "orders": sum(day.orders for _, done in days for day in done),
                    "net_revenue": money(net),
                    "cumulative_net": money(cumulative),
                    "cumulative_net_per_customer": per(cumulative, len(customers)),
                    "is_complete_month": following - timedelta(days=1) <= facts.as_of,
                }
            )
            month, since = following, since + 1
    return rows


def second_order_conversion(facts: Facts) -> Rows:
    window = facts.settings["second_order_window_days"]
    rows: Rows = []
    for cohort, customers in by_first_month(facts).items():
        gaps = [gap for c in customers if (gap := _days_to_second_order(c)) is not None]
        observed = [c for c in customers if (facts.as_of - c.visits[0]).days >= window]
        fast = sum(_is_within(_days_to_second_order(c), window) for c in observed)
        rows.append(
            {
                "cohort_month": cohort,
                "customers": len(customers),
                "converted_customers": len(gaps),
                "conversion_rate": ratio(len(gaps), len(customers)),
                "avg_days_to_second_order": ratio(sum(gaps), len(gaps)),
                "median_days_to_second_order": money(int(median(gaps) * UNIT)) if gaps else None,
                "observed_customers": len(observed),
                "converted_in_window": fast,
                "window_conversion_rate": ratio(fast, len(observed)),
            }
        )
    return rows


def _is_within(days: int | None, limit: int) -> bool:
    return days is not None and days <= limit


def _days_to_second_order(customer: Customer) -> int | None:
    if customer.orders < 2:
        return None
    if customer.days[customer.visits[0]].orders >= 2:
        return 0
    return (customer.visits[1] - customer.visits[0]).days


def new_vs_repeat(facts: Facts) -> Rows:
    first = {customer.customer_id: customer.visits[0] for customer in facts.customers}
    groups = ("new", "repeat", "other")
    sums: dict[tuple[str, date], dict[str, Any]] = {}
    placed = in_periods(facts.orders, facts)
    columns = ("period_grain", "period_start", "customer_id", "is_sale_order", "net_revenue")
    for grain, start, customer, is_sale, net in placed.select(columns).iter_rows():
        cell = sums.setdefault(
            (grain, start), {g: {"who": set(), "orders": 0, "net": 0} for g in groups}
        )
        joined = first.get(customer)
        group = "other" if joined is None else "new" if joined >= start else "repeat"
        cell[group]["orders"] += is_sale
        cell[group]["net"] += net
        cell[group]["who"] |= {customer} if is_sale else set()
    return [_new_vs_repeat(key, cell) for key, cell in sums.items()]


def _new_vs_repeat(key: tuple[str, date], cell: dict[str, Any]) -> dict[str, Any]:
    new, repeat = len(cell["new"]["who"]), len(cell["repeat"]["who"])
    return (
        {"period_grain": key[0], "period_start": key[1]}
        | {"new_customers": new, "repeat_customers": repeat}
        | {"repeat_customer_share": ratio(repeat, new + repeat)}
        | {f"{group}_orders": found["orders"] for group, found in cell.items()}
        | {f"{group}_net_revenue": money(found["net"]) for group, found in cell.items()}
    )


def churn_backtest(facts: Facts) -> Rows:
    if facts.as_of is None:
        return []
    rows: Rows = []
    for ago in facts.settings["backtest_days_ago"]:
        cutoff = facts.as_of - timedelta(days=ago)
        for horizon in facts.settings["backtest_horizons"]:
            for rule, flags in (("at_risk", _is_at_risk), ("overdue", _is_overdue)):
                judged = [
                    (flags(facts, known, cutoff), _returned(customer, cutoff, horizon))
                    for customer in facts.customers
                    if (known := [day for day in customer.visits if day <= cutoff])
                ]
                judged = [(flag, back) for flag, back in judged if flag is not None]
                if judged and horizon <= ago:
                    rows.append(_judge(rule, ago, horizon, cutoff, judged))
    return rows


def _is_at_risk(facts: Facts, visits: list[date], cutoff: date) -> bool:
    return (cutoff - visits[-1]).days > facts.settings["at_risk_days"]


def _is_overdue(facts: Facts, visits: list[date], cutoff: date) -> bool | None:
    if len(visits) < FEWEST_VISITS:
        return None
    gap = Fraction((visits[-1] - visits[0]).days, len(visits) - 1)
    return (cutoff - visits[-1]).days > facts.settings["overdue_multiple"] * gap


def _returned(customer: Customer, cutoff: date, horizon: int) -> bool:
    return any(0 < (day - cutoff).days <= horizon for day in customer.visits)


def _judge(
    rule: str, ago: int, horizon: int, cutoff: date, judged: list[tuple[bool, bool]]
) -> dict[str, Any]:
    flagged = sum(flag for flag, _ in judged)
    gone = sum(not back for _, back in judged)
    both = sum(flag and not back for flag, back in judged)
    return {
        "churn_rule": rule,
        "days_ago": ago,
        "horizon_days": horizon,
        "cutoff_date": cutoff,
        "customers": len(judged),
        "flagged": flagged,
        "not_returned": gone,
        "flagged_not_returned": both,
        "precision_rate": ratio(both, flagged),
        "recall_rate": ratio(both, gone),
        "base_rate": ratio(gone, len(judged)),
    }
