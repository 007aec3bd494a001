"""Every mart that the oracle recomputes: its key, and the function that gives its rows."""

from collections.abc import Callable
from typing import Any

from tests.oracle import before_after, cohorts, customers, programs, sales, same_store
from tests.oracle.exact import money
from tests.oracle.facts import MONEY, Facts

Rows = list[dict[str, Any]]

ORDER_COLUMNS = [
    "order_id",
    "restaurant_id",
    "customer_id",
    "app_name",
    "currency",
    "ordered_at",
    "ordered_at_local",
    "business_date",
    "local_hour",
    "daypart",
    "is_loyalty",
    "is_guest",
    "is_sale_order",
    "is_discounted",
    "loyalty_group",
    "line_count",
    "units",
]
LINE_COLUMNS = [
    "order_id",
    "lineitem_id",
    "restaurant_id",
    "customer_id",
    "business_date",
    "daypart",
    "local_hour",
    "item_category",
    "item_name",
    "item_price",
    "item_quantity",
    "units",
    "is_sale_line",
    "is_sale_order",
]
LINE_MONEY = ["item_amount", "positive_option_amount", *MONEY]


def fct_orders(facts: Facts) -> Rows:
    rows = facts.orders.select(*ORDER_COLUMNS, *MONEY).iter_rows(named=True)
    return [row | {name: money(row[name]) for name in MONEY} for row in rows]


def fct_order_items(facts: Facts) -> Rows:
    lines = facts.lines.rename({"paid": "positive_option_amount"})
    rows = lines.select(*LINE_COLUMNS, *LINE_MONEY).iter_rows(named=True)
    return [row | {name: money(row[name]) for name in LINE_MONEY} for row in rows]


MARTS: dict[str, tuple[tuple[str, ...], Callable[[Facts], Rows]]] = {
    "fct_orders": (("order_id",), fct_orders),
    "fct_order_items": (("order_id", "lineitem_id"), fct_order_items),
    "dim_customers": (("customer_id",), customers.dim_customers),
    "customer_clv": (("customer_id",), customers.customer_clv),
    "customer_clv_history": (("customer_id", "business_date"), customers.customer_clv_history),
    "customer_rfm": (("customer_id",), customers.customer_rfm),
    "customer_churn": (("customer_id",), customers.customer_churn),
    "sales_trends": (
        ("period_grain", "period_start", "restaurant_id", "item_category", "daypart"),
        sales.sales_trends,
    ),
    "sales_by_location": (
        ("period_grain", "period_start", "restaurant_id"),
        sales.sales_by_location,
    ),
    "location_performance": (("restaurant_id",), sales.location_performance),
    "loyalty_impact": (("basis", "loyalty_group"), programs.loyalty_impact),
    "discount_effectiveness": (("order_group",), programs.discount_effectiveness),
    "loyalty_before_after": (("cohort",), before_after.loyalty_before_after),
    "discount_before_after": (("cohort",), before_after.discount_before_after),
    "discount_lift": (("restaurant_id",), before_after.discount_lift),
    "same_store_sales": (("period_grain", "period_start"), same_store.same_store_sales),
    "same_store_sales_by_location": (
        ("period_grain", "period_start", "restaurant_id"),
        same_store.same_store_sales_by_location,
    ),
    "cohort_retention": (("cohort_month", "months_since"), cohorts.cohort_retention),
    "second_order_conversion": (("cohort_month",), cohorts.second_order_conversion),
    "new_vs_repeat": (("period_grain", "period_start"), cohorts.new_vs_repeat),
    "churn_backtest": (("churn_rule", "days_ago", "horizon_days"), cohorts.churn_backtest),
}
