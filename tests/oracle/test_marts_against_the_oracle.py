"""Every mart is recomputed in Python from the normalized rows: equal to the cent and to the row.

The oracle (the modules beside this file) is written from the definitions, without SQL, and shares
no code with the models.
"""

from collections import Counter
from decimal import Decimal

import pytest

from tests.oracle import operations
from tests.oracle.marts import MARTS
from tests.oracle.operations import Lake, delivery_days
from tests.oracle.rows import differences, read_mart, read_rows
from tests.oracle.semantic import Metrics

AS_CONTROL_SAYS = {"nothing_sold": "on_time"}
CENT, FOUR_PLACES = Decimal("0.01"), Decimal("0.0001")
only_the_demo = pytest.mark.parametrize("recomputed", ["demo"], indirect=True)
SPAN_TOO_SHORT = {  # one month of orders: nothing lies a year or 90 days back
    ("dannys_diner", "churn_backtest"),
    ("dannys_diner", "same_store_sales"),
    ("dannys_diner", "same_store_sales_by_location"),
}


@pytest.mark.parametrize("mart", MARTS)
def test_the_mart_equals_its_independent_recomputation(recomputed, mart):
    key, recompute = MARTS[mart]
    found = read_mart(recomputed.warehouse, mart)
    assert differences(found, recompute(recomputed.facts), key) == []
    assert bool(found) == ((recomputed.name, mart) not in SPAN_TOO_SHORT)


@pytest.fixture(scope="module")
def lake(recomputed):
    return Lake(recomputed.workspace / "lake", recomputed.facts)


@pytest.mark.parametrize("mart", operations.MARTS)
def test_the_operations_mart_equals_its_recomputation_from_the_lake(recomputed, lake, mart):
    key, recompute = operations.MARTS[mart]
    found = read_mart(recomputed.warehouse, mart)
    assert differences(found, recompute(lake), key) == []
    assert bool(found) or (mart == "quarantined_rows" and recomputed.name != "demo")


@only_the_demo
def test_delivery_control_and_the_mart_give_every_day_the_same_state(recomputed, lake):
    found = {
        (row["restaurant_id"], row["business_date"]): row["delivery_status"]
        for row in read_mart(recomputed.warehouse, "delivery_status")
    }
    judged = {key: AS_CONTROL_SAYS.get(state, state) for key, state in found.items()}
    days = delivery_days(lake)
    assert judged == {(day.restaurant_id, day.business_date): day.state for day in days}
    assert Counter(judged.values()).keys() == {"on_time", "late", "missing", "held"}


@pytest.fixture(scope="module")
def metrics(recomputed, tmp_path_factory):
    return Metrics(recomputed.warehouse, tmp_path_factory.mktemp("semantic"))


@only_the_demo
def test_revenue_orders_and_their_average_are_those_of_location_performance(recomputed, metrics):
    columns = "restaurant_id, total_revenue, orders, avg_order_value"
    mart = read_rows(recomputed.warehouse, f"select {columns} from marts.location_performance")
    found = metrics.query("net_revenue", "orders", "avg_order_value", by="restaurant")
    assert len(found) == 8
    assert {
        (
            row["restaurant"],
            Decimal(row["net_revenue"]).quantize(CENT),
            int(row["orders"]),
            Decimal(row["avg_order_value"]).quantize(FOUR_PLACES),
        )
        for row in found
    } == {(name, net.quantize(CENT), orders, average) for name, net, orders, average in mart}


@only_the_demo
def test_gross_discounts_refunds_and_customers_are_the_totals_of_their_marts(recomputed, metrics):
    names = ("gross_revenue", "discount_amount", "refund_amount")
    sums = ", ".join(f"sum({name})" for name in names)
    months = f"select {sums} from marts.sales_trends where period_grain = 'month'"
    (total,) = read_rows(recomputed.warehouse, months)
    customers = read_rows(recomputed.warehouse, "select count(*) from marts.customer_clv")
    (found,) = metrics.query(*names, "active_customers")
    assert [Decimal(found[n]).quantize(CENT) for n in names] == [t.quantize(CENT) for t in total]
    assert [(int(found["active_customers"]),)] == customers
    assert min(total) > 0


@only_the_demo
def test_the_discount_rate_of_discounted_orders_is_that_of_their_mart(recomputed, metrics):
    group = "select discount_rate from marts.discount_effectiveness where order_group = "
    ((rate,),) = read_rows(recomputed.warehouse, f"{group} 'discounted'")
    found = metrics.query("discount_rate", by="ticket__is_discounted")
    by_group = {row["ticket__is_discounted"]: row["discount_rate"] for row in found}
    assert Decimal(by_group["True"]).quantize(FOUR_PLACES) == rate
    assert rate > 0
