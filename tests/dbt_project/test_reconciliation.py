"""A row that is lost between the files and the marts fails the build."""

import pytest

from .conftest import failures, invoke_dbt, item

PER_FILE = "every_delivered_line_is_in_the_warehouse_or_has_a_reason"
PER_DAY = "the_warehouse_holds_exactly_what_normalize_wrote_on_every_day"
DELIVERY = """
insert into pos.deliveries values (
    'landing', 'file', 'march.csv', 'march.csv', 'order_items', 'loaded', null, null, 'live',
    '2026-03-02', '2026-03-02', '2026-03-02', {lines}, 1, {loaded}, 0, 0, 0, {money}, 1
)
"""


@pytest.fixture
def delivered(warehouse):
    """One file of four lines with 10.00 each, one of which a later line has replaced."""
    warehouse.load(d2026_03_01=[item("o1"), item("o2"), item("o3")])
    warehouse.change(DELIVERY.format(lines=5, loaded=4, money="40.00"))
    warehouse.change(
        "update pos._partitions set superseded = 1, superseded_price_total = 10 "
        "where entity = 'order_items'"
    )
    return warehouse


def build(warehouse) -> list[str]:
    """Names of what failed in a full build of what the reconciliation needs."""
    options = ["--exclude-resource-type", "unit_test", "--full-refresh"]
    marts = ["--select", "+reconciliation", "+reconciliation_by_day"]
    marts += ["--indirect-selection", "buildable"]
    result = invoke_dbt(warehouse.path, "build", *options, *marts)
    return sorted(message.partition(":")[0] for message in failures(result))


def test_a_superseded_line_is_reconciled(delivered):
    assert build(delivered) == []
    columns = "cleaned_rows, superseded_rows, warehouse_rows, mart_rows, is_reconciled"
    assert delivered.rows(f"select {columns} from marts.reconciliation") == [(4, 1, 3, 3, True)]


def test_a_line_that_is_gone_from_the_warehouse_fails_the_build(delivered):
    delivered.change("delete from pos.order_items where order_id = 'o2'")
    assert build(delivered) == [PER_FILE, PER_DAY]
    columns = "superseded_rows, warehouse_rows, is_reconciled"
    assert delivered.rows(f"select {columns} from marts.reconciliation") == [(2, 2, False)]


def test_a_cent_that_is_gone_from_the_warehouse_fails_the_build(delivered):
    delivered.change("update pos.order_items set item_price = 9.99 where order_id = 'o2'")
    assert build(delivered) == [PER_FILE, PER_DAY]


def test_a_line_that_never_left_the_file_fails_the_build(delivered):
    delivered.change("update pos.deliveries set lines = 6, loaded = 5, price_total = 50.00")
    assert build(delivered) == [PER_FILE]
