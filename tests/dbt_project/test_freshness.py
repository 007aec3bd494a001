"""`dbt source freshness` tells how long ago something was delivered, landed and loaded."""

from .conftest import invoke_dbt, item

DELIVERY = """
insert into pos.deliveries
select 'landing', 'file', 'a.csv', 'a.csv', 'order_items', 'loaded', null, null, 'live',
    moment, moment, moment, 2, 1, 1, 0, 0, 0, 10.00, 1
from (select timezone('UTC', now()) - interval 3 days as moment) as landed
"""


def test_sources_are_fresh_for_two_days_and_stale_after_seven(warehouse):
    now = "timezone('UTC', now())"
    warehouse.load(d2026_03_01=[item("o1")])
    warehouse.change(f"update pos.order_items set _delivered_at = {now} - interval 8 days")
    warehouse.change(DELIVERY)
    warehouse.change(f"update pos._partitions set loaded_at = {now}")
    result = invoke_dbt(warehouse.path, "source", "freshness")
    assert {r.node.name: str(r.status) for r in result.result.results} == {
        "order_items": "error",
        "deliveries": "warn",
        "_partitions": "pass",
    }
