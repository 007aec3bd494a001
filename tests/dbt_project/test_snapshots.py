"""Tiers and segments in time know only customers who are there."""

from .conftest import item

ANN, BOB = [item("o1", user_id="ann")], [item("o2", user_id="bob")]
PERIODS = """
select customer_id, {column}, dbt_valid_from::date::varchar, dbt_valid_to::date::varchar
from snapshots.{snapshot} order by customer_id, dbt_valid_from
"""


def test_a_customer_whose_orders_were_withdrawn_has_no_tier_and_no_segment_until_he_is_back(
    warehouse,
):
    marts = ("build", "--select", "+rfm_migration", "+customer_clv_tiers")
    only = ("--exclude-resource-type", "test", "unit_test")
    warehouse.load(d2026_01_09=ANN, d2026_01_10=BOB)
    warehouse.run(*marts, *only, as_of_date="2026-01-31")
    warehouse.load(d2026_01_10=None)
    warehouse.run(*marts, *only, as_of_date="2026-02-28")
    warehouse.load(d2026_01_10=BOB)
    warehouse.run(*marts, *only, as_of_date="2026-03-31")

    periods = PERIODS.format(column="clv_tier", snapshot="customer_clv_tiers")
    assert warehouse.rows(periods) == [
        ("ann", "Low", "2026-01-31", None),
        ("bob", "Low", "2026-01-31", "2026-02-28"),
        ("bob", None, "2026-02-28", "2026-03-31"),
        ("bob", "Low", "2026-03-31", None),
    ]
    of_bob = "from snapshots.customer_rfm_segments where customer_id = 'bob'"
    known = f"select rfm_segment is not null, dbt_valid_from::date::varchar {of_bob} order by 2"
    assert warehouse.rows(known) == [
        (True, "2026-01-31"),
        (False, "2026-02-28"),
        (True, "2026-03-31"),
    ]
    migration = (
        "select month::varchar, sum(customers) from marts.rfm_migration group by 1 order by 1"
    )
    assert warehouse.rows(migration) == [("2026-02-01", 1), ("2026-03-01", 1)]
