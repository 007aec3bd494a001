"""The sales and location marts, recomputed."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import polars as pl

from tests.oracle.exact import add_months, change_pct, money, per, rank_from_top, ratio
from tests.oracle.facts import MONEY, Facts

Rows = list[dict[str, Any]]
GRAINS = ("day", "week", "month")


def period_start(grain: str, day: date, week_start: int) -> date:
    """The first day of the day's period."""
    if grain == "month":
        return day.replace(day=1)
    return day - timedelta(days=(day.isoweekday() - week_start) % 7 if grain == "week" else 0)


def period_end(grain: str, start: date) -> date:
    """The last day of the period that starts on `start`."""
    if grain == "month":
        return add_months(start, 1) - timedelta(days=1)
    return start + timedelta(days=6 if grain == "week" else 0)


def earlier_start(grain: str, start: date, is_year: bool) -> date:
    """Start of the period before, or of the same one a year before: 52 weeks keep the weekday."""
    if grain == "month":
        return add_months(start, -12 if is_year else -1)
    return start - timedelta(days=364 if is_year else {"day": 1, "week": 7}[grain])


def in_periods(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Every row three times: in its day, its week and its month."""
    days = rows["business_date"].unique().to_list()
    week_start = facts.settings["week_start"]
    starts = pl.DataFrame(
        [(day, grain, period_start(grain, day, week_start)) for day in days for grain in GRAINS],
        schema={"business_date": pl.Date, "period_grain": pl.String, "period_start": pl.Date},
        orient="row",
    )
    return rows.join(starts, on="business_date")


def sales_trends(facts: Facts) -> Rows:
    cell = ["period_grain", "period_start", "restaurant_id", "item_category", "daypart"]
    sold = pl.when("is_sale_order").then("order_id")
    cells = (
        in_periods(facts.lines, facts)
        .group_by(cell)
        .agg(
            *(pl.col(name).sum() for name in [*MONEY, "units"]),
            orders=sold.drop_nulls().n_unique(),
        )
    )
    return [row | {m: money(row[m]) for m in MONEY} for row in cells.iter_rows(named=True)]


def sales_by_location(facts: Facts) -> Rows:
    place = ["period_grain", "period_start", "restaurant_id"]
    orders = in_periods(facts.orders, facts)
    sums = orders.group_by(place).agg(
        pl.col("net_revenue").sum(), orders=pl.col("is_sale_order").sum()
    )
    found = {row[:3]: row[3:] for row in sums.select(*place, "net_revenue", "orders").iter_rows()}
    peaks = _peak_hours(orders)
    opened = dict(facts.orders.group_by("restaurant_id").agg(pl.col("business_date").min()).rows())
    rows: Rows = []
    for (grain, start, restaurant), (net, count) in found.items():

        def earlier(is_year, grain=grain, start=start, restaurant=restaurant):
            """Net of an earlier period; 0 when open and idle, None before the first day."""
            then = earlier_start(grain, start, is_year)
            if opened[restaurant] > period_end(grain, then):
                return None
            return found.get((grain, then, restaurant), (0, 0))[0]

        previous, last_year = earlier(False), earlier(True)
        rows.append(
            {
                "period_grain": grain,
                "period_start": start,
                "restaurant_id": restaurant,
                "net_revenue": money(net),
                "orders": count,
                "avg_order_value": per(net, count),
                "previous_net_revenue": None if previous is None else money(previous),
                "growth_pct": change_pct(net, previous or 0),
                "last_year_net_revenue": None if last_year is None else money(last_year),
                "growth_on_last_year_pct": change_pct(net, last_year or 0),
                "is_complete_period": period_end(grain, start) <= facts.as_of,
                "peak_hour": peaks.get((grain, start, restaurant)),
            }
        )
    return rows


def _peak_hours(orders: pl.DataFrame) -> dict[tuple[str, date, str], int]:
    """The hour with the most sale orders per period and restaurant; the earlier of two equal."""
    place = ["period_grain", "period_start", "restaurant_id"]
    counted = orders.filter("is_sale_order").group_by(*place, "local_hour").len()
    hours: dict[tuple[str, date, str], list[tuple[int, int]]] = defaultdict(list)
    for *key, hour, count in counted.iter_rows():
        hours[tuple(key)].append((-count, hour))
    return {key: min(found)[1] for key, found in hours.items()}


def location_performance(facts: Facts) -> Rows:
    places = [
        _location(restaurant, orders, facts)
        for (restaurant,), orders in facts.orders.group_by("restaurant_id")
    ]
    totals = [place["total_revenue"] for place in places]
    daily = [place["revenue_per_trading_day"] for place in places if place["trading_days"]]
    by_total = dict(zip(totals, rank_from_top(totals), strict=True))
    from_bottom = dict(zip(totals, rank_from_top([-t for t in totals]), strict=True))
    by_day = dict(zip(daily, rank_from_top(daily), strict=True))
    return [
        place
        | {
            "revenue_rank": by_total[place["total_revenue"]],
            "revenue_rank_bottom": from_bottom[place["total_revenue"]],
            "revenue_per_trading_day_rank": by_day.get(place["revenue_per_trading_day"]),
        }
        for place in places
    ]


def _location(restaurant: str, orders: pl.DataFrame, facts: Facts) -> dict[str, Any]:
    net, sales = orders["net_revenue"].sum(), orders.filter("is_sale_order")
    days = sorted(sales["business_date"].unique().to_list())
    span = max((days[-1] - days[0]).days + 1, 7) if days else 7
    since = add_months(facts.as_of, -facts.settings["comparable_months"])
    return {
        "restaurant_id": restaurant,
        "total_revenue": money(net),
        "orders": sales.height,
        "avg_order_value": per(net, sales.height),
        "trading_days": len(days),
        "orders_per_day": ratio(sales.height, len(days)),
        "orders_per_week": ratio(7 * sales.height, span),
        "revenue_per_trading_day": per(net, len(days)),
        "first_order_date": days[0] if days else None,
        "last_order_date": days[-1] if days else None,
        "is_comparable": bool(days) and days[0] <= since,
    }
