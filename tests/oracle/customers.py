"""The customer marts, recomputed."""

from datetime import date, timedelta
from typing import Any

from tests.oracle.exact import add_months, change_pct, money, per, ratio, smaller_shares
from tests.oracle.facts import Customer, Facts, read_seed

Rows = list[dict[str, Any]]


def dim_customers(facts: Facts) -> Rows:
    return [
        {
            "customer_id": customer.customer_id,
            "first_order_date": customer.visits[0],
            "last_order_date": customer.visits[-1],
            "first_loyalty_date": customer.joined_on,
            "is_member": customer.joined_on is not None,
            "orders": customer.orders,
            "visits": len(customer.visits),
            "net_revenue": money(customer.net),
            "is_likely_non_individual": facts.is_no_person(customer),
        }
        for customer in facts.customers
    ]


def customer_clv(facts: Facts) -> Rows:
    shares = smaller_shares([customer.net for customer in facts.customers])
    return [
        {
            "customer_id": customer.customer_id,
            "historical_clv": money(customer.net),
            "orders": customer.orders,
            "avg_order_value": per(customer.net, customer.orders),
            "first_order_date": customer.visits[0],
            "last_order_date": customer.visits[-1],
            "clv_percent_rank": below / others if others else 0.0,
            "clv_tier": _tier(facts, below / others if others else 0.0),
        }
        for customer, (below, others) in zip(facts.customers, shares, strict=True)
    ]


def _tier(facts: Facts, percent_rank: float) -> str:
    if percent_rank > facts.settings["clv_high_rank"]:
        return "High"
    return "Low" if percent_rank < facts.settings["clv_low_rank"] else "Medium"


def customer_clv_history(facts: Facts) -> Rows:
    rows: Rows = []
    for customer in facts.customers:
        orders = net = 0
        for day, done in sorted(customer.days.items()):
            orders, net = orders + done.orders, net + done.net
            rows.append(
                {
                    "customer_id": customer.customer_id,
                    "business_date": day,
                    "day_orders": done.orders,
                    "day_net": money(done.net),
                    "cumulative_orders": orders,
                    "cumulative_clv": money(net),
                }
            )
    return rows


def customer_rfm(facts: Facts) -> Rows:
    segments = {
        (row["recency_level"], row["frequency_level"], row["monetary_level"]): row["rfm_segment"]
        for row in read_seed("rfm_segments")
    }
    scores = _scores(facts)
    rows: Rows = []
    for customer in facts.customers:
        frequency, monetary = _window(facts, customer)
        r, f, m = scores.get(customer.customer_id, (1, 1, 1))
        tenure = (facts.as_of - customer.visits[0]).days
        segment = segments[_level(r), _level(f), _level(m)]
        longest = facts.settings["new_segment_max_tenure_days"]
        if longest and r >= 4 and f <= 2 and tenure > longest:
            segment = "Promising"
        rows.append(
            {
                "customer_id": customer.customer_id,
                "recency_days": (facts.as_of - customer.visits[-1]).days,
                "frequency": frequency,
                "monetary": money(monetary),
                "r_score": r,
                "f_score": f,
                "m_score": m,
                "rfm_segment": segment,
                "tenure_days": tenure,
                "is_newly_acquired": tenure < facts.settings["newly_acquired_days"],
            }
        )
    return rows


def _window(facts: Facts, customer: Customer) -> tuple[int, int]:
    """Orders and net of the last 12 months."""
    start = add_months(facts.as_of, -facts.settings["rfm_window_months"])
    days = customer.between(start + timedelta(days=1), facts.as_of)
    return sum(day.orders for day in days), sum(day.net for day in days)


def _scores(facts: Facts) -> dict[str, tuple[int, int, int]]:
    """R, F and M score of every customer who ordered in the window."""
    active = [c for c in facts.customers if _window(facts, c)[0] > 0]
    windows = [_window(facts, customer) for customer in active]
    recency = [(facts.as_of - customer.visits[-1]).days for customer in active]
    breaks = [facts.settings[f"{letter}_breaks"] for letter in "rfm"]
    r_scores = _quintiles(recency, breaks[0], True)
    f_scores = _quintiles([frequency for frequency, _ in windows], breaks[1], False)
    money_breaks = [cut * 10_000 for cut in breaks[2]]
    m_scores = _quintiles([monetary for _, monetary in windows], money_breaks, False)
    scores = zip(r_scores, f_scores, m_scores, strict=True)
    return {customer.customer_id: score for customer, score in zip(active, scores, strict=True)}


def _quintiles(values: list[int], breaks: list[float], least_is_best: bool) -> list[int]:
    if breaks and least_is_best:
        return [5 - sum(value > cut for cut in breaks) for value in values]
    if breaks:
        return [1 + sum(value >= cut for cut in breaks) for value in values]
    fifths = [5 * below // others if others else 0 for below, others in smaller_shares(values)]
    return [max(1, 5 - f) if least_is_best else min(5, 1 + f) for f in fifths]


def _level(score: int) -> str:
    return {1: "low", 2: "low", 3: "mid", 4: "high", 5: "high"}[score]


def customer_churn(facts: Facts) -> Rows:
    return [_churn(facts, customer) for customer in facts.customers]


def _churn(facts: Facts, customer: Customer) -> dict[str, Any]:
    settings, as_of, visits = facts.settings, facts.as_of, customer.visits
    length = settings["period_length_days"] * settings["period_count"]
    since, span = (as_of - visits[-1]).days, (visits[-1] - visits[0]).days
    recent, prior = _spent(customer, as_of, 0, length), _spent(customer, as_of, length, length)
    is_at_risk = since > settings["at_risk_days"]
    is_regular = len(visits) >= 3
    return {
        "customer_id": customer.customer_id,
        "orders": customer.orders,
        "visits": len(visits),
        "first_order_date": visits[0],
        "last_order_date": visits[-1],
        "days_since_last_order": since,
        "avg_days_between_orders": ratio(span, customer.orders - 1),
        "avg_days_between_visits": ratio(span, len(visits) - 1),
        "spend_recent": money(recent),
        "spend_prior": money(prior),
        "spend_change_pct": change_pct(recent, prior),
        "has_full_comparison": (as_of - visits[0]).days >= 2 * length - 1,
        "is_at_risk": is_at_risk,
        "is_overdue": since * (len(visits) - 1) > settings["overdue_multiple"] * span
        if is_regular
        else None,
        "expected_next_order_date": _next_visit(visits) if is_regular else None,
        "revenue_at_risk": money(_window(facts, customer)[1] if is_at_risk else 0),
    }


def _spent(customer: Customer, as_of: date, skipped: int, length: int) -> int:
    """Net in the `length` days that end `skipped` days before as_of."""
    last = as_of - timedelta(days=skipped)
    return sum(day.net for day in customer.between(last - timedelta(days=length - 1), last))


def _next_visit(visits: list[date]) -> date:
    """The last visit plus the customer's mean gap in whole days, half a day up."""
    span, gaps = (visits[-1] - visits[0]).days, len(visits) - 1
    return visits[-1] + timedelta(days=(2 * span + gaps) // (2 * gaps))
