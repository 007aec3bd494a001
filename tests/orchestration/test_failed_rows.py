"""A failing data test tells which rows failed, and nothing of a person."""

from contextlib import closing
from types import SimpleNamespace

import pytest

from orchestration.build import BuildError, build
from orchestration.failed_rows import describe
from orchestration.targets import open_warehouse
from orchestration.workspace import open_workspace
from tests.dbt_project.conftest import Warehouse, item


def test_a_line_that_stands_twice_is_named_by_its_keys(tmp_path):
    workspace = open_workspace(tmp_path / "ws")
    lines = [item("o1", user_id="ann"), item("o1", user_id="ann"), item("o2")]
    Warehouse(workspace.warehouse).load(d2026_03_01=lines)
    with pytest.raises(BuildError) as failed:
        build(workspace, "local", {}, full=True)
    assert "row(s) fail, such as\n    order_id=o1, lineitem_id=1" in str(failed.value)
    assert "ann" not in str(failed.value)


@pytest.fixture
def warehouse(tmp_path):
    with closing(open_warehouse(open_workspace(tmp_path / "ws"), "local")) as opened:
        opened.execute("create table sales (order_id text, customer_id text, net decimal(9, 2))")
        opened.execute("insert into sales select 'o' || i, 'ann', null from range(7) as t(i)")
        yield opened


def failed(sql, count, column=None, test=None):
    """A data test that failed, as dbt reports it."""
    kind = SimpleNamespace(name=test) if test else None
    node = SimpleNamespace(
        name="a_test", resource_type="test", compiled_code=sql, column_name=column
    )
    node.test_metadata = kind
    message = f"Got {count} results, configured to fail if != 0"
    return SimpleNamespace(node=node, status="fail", failures=count, message=message)


def test_of_seven_rows_without_a_value_five_are_named_by_their_key(warehouse):
    sql = "\nselect net\nfrom sales\nwhere net is null\n"
    told = describe(failed(sql, 7, column="net", test="not_null"), warehouse)
    assert told.splitlines() == [
        "- test a_test: 7 row(s) fail, such as",
        "    order_id=o0",
        "    order_id=o1",
        "    order_id=o2",
        "    order_id=o3",
        "    order_id=o4",
    ]


def test_without_a_key_among_the_columns_all_but_the_personal_ones_are_shown(warehouse):
    sql = "select customer_id, net, 3 as days from sales where order_id = 'o1'"
    assert describe(failed(sql, 1), warehouse).endswith("such as\n    net=None, days=3")


def test_a_restaurant_with_another_currency_is_named_with_both_currencies(warehouse):
    sql = "select 'r2' as restaurant_id, 'EUR' as currency, 'USD' as most_common_currency"
    told = describe(failed(f"{sql}, 3 as line_count", 1), warehouse)
    assert told.endswith("restaurant_id=r2, currency=EUR, most_common_currency=USD")


def test_a_customer_who_stands_twice_is_counted_and_not_named(warehouse):
    sql = "select customer_id as unique_field, count(*) as n_records from sales group by 1"
    told = describe(failed(sql, 1, column="customer_id", test="unique"), warehouse)
    assert told == "- test a_test: 1 row(s) fail, such as\n    n_records=7"


def test_a_model_that_cannot_be_built_keeps_the_words_of_dbt(warehouse):
    result = failed("", None)
    result.node.resource_type, result.status, result.message = "model", "error", "no  such\ntable"
    assert describe(result, warehouse) == "- model a_test: no such table"
