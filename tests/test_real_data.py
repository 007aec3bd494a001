"""Real data with published answers: the whole pipeline must find exactly those figures."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests import data_sets

SECONDS = 60


def run_pipeline(name: str, root: Path, *options: str) -> Path:
    source = root / "deliveries"
    data_sets.deliver(name, source)
    command = [sys.executable, "-m", "orchestration", "run", "--source", str(source)]
    done = subprocess.run(
        [*command, "--workspace", str(root / "ws"), *options], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "ws" / "warehouse.duckdb"


def figures(warehouse: Path) -> dict:
    """The figures of expected.json, read from the marts."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:

        def rows(query):
            return connection.execute(query).fetchall()

        money = "::decimal(18,2)::varchar"
        columns = ("gross_revenue", "discount_amount", "refund_amount", "net_revenue")
        sums = ", ".join(f"sum({column}){money}" for column in columns)
        ((gross, discount, refund, net),) = rows(f"select {sums} from marts.fct_orders")
        return {
            "rows": rows("select count(*) from marts.fct_order_items")[0][0],
            "order_ids": rows("select count(*) from marts.fct_orders")[0][0],
            "sale_orders": rows("select count(*) from marts.fct_orders where is_sale_order")[0][0],
            "gross": gross,
            "discount": discount,
            "refund": refund,
            "net": net,
            "customers_with_sale": rows("select count(*) from marts.customer_clv")[0][0],
            "single_order_customers": rows(
                "select count(*) from marts.customer_clv where orders = 1"
            )[0][0],
            "guest_sale_orders": rows(
                "select count(*) from marts.fct_orders where is_sale_order and is_guest"
            )[0][0],
            "discounted_sale_orders": rows(
                "select count(*) from marts.fct_orders where is_sale_order and is_discounted"
            )[0][0],
            "loyalty_sale_orders": rows(
                "select count(*) from marts.fct_orders where is_sale_order and is_loyalty"
            )[0][0],
            "days": rows(
                "select min(business_date)::varchar, max(business_date)::varchar, "
                "count(distinct business_date) from marts.fct_orders"
            )[0],
            "best_day": rows(
                f"select period_start::varchar, sum(net_revenue){money} from marts.sales_trends "
                "where period_grain = 'day' group by 1 order by sum(net_revenue) desc, 1 limit 1"
            )[0],
            "locations": rows(
                f"select restaurant_id, total_revenue{money} from marts.location_performance "
                "order by revenue_rank limit 10"
            ),
            "categories": rows(
                f"select item_category, sum(net_revenue){money} from marts.sales_trends "
                "where period_grain = 'day' group by 1 order by sum(net_revenue) desc limit 10"
            ),
            "top_customers": rows(
                f"select customer_id, historical_clv{money} from marts.customer_clv "
                "order by historical_clv desc, customer_id limit 3"
            ),
        }


def published(name: str) -> dict:
    """The same figures from expected.json, in the same form."""
    expected = json.loads((data_sets.DATA / name / "expected.json").read_text())
    same = ("rows", "order_ids", "sale_orders", "net", "customers_with_sale", "gross")
    counts = ("single_order_customers", "guest_sale_orders", "discounted_sale_orders")
    return (
        {key: expected[key] for key in (*same, *counts, "loyalty_sale_orders")}
        | {key: f"{float(expected[key]):.2f}" for key in ("discount", "refund")}
        | {
            "days": (
                expected["first_local_day"],
                expected["last_local_day"],
                expected["days_with_rows"],
            ),
            "best_day": tuple(expected["best_day"]),
            "locations": [tuple(row) for row in expected["top_locations"]],
            "categories": [tuple(row) for row in expected["top_categories"]],
            "top_customers": [tuple(row) for row in expected["top_customers"]],
        }
    )


def cpu_seconds() -> float:
    """User and system seconds of all child processes: other work on the machine must not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@data_sets.needs("cdnow")
def test_cdnow_gives_the_published_figures_in_less_than_a_minute(tmp_path):
    before = cpu_seconds()
    warehouse = run_pipeline("cdnow", tmp_path)
    assert cpu_seconds() - before < SECONDS
    assert figures(warehouse) == published("cdnow")


@pytest.mark.long
@data_sets.needs("dannys_diner")
def test_dannys_diner_gives_the_published_figures_on_the_unit_basis(tmp_path):
    warehouse = run_pipeline("dannys_diner", tmp_path, "--var", "item_price_basis=unit")
    assert figures(warehouse) == published("dannys_diner")
