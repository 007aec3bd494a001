"""What is wrong in a seed, a setting or the feed stops the build before any mart is built."""

import json
import shutil

import pytest

from .conftest import PROJECT, failures, invoke_dbt, item


@pytest.fixture
def project(tmp_path):
    """A copy of the project whose seeds may be spoiled."""
    return shutil.copytree(PROJECT, tmp_path / "dbt_project")


def build(warehouse, project=PROJECT, *flags, **settings) -> list[str]:
    """Names of what failed in `dbt build` without unit tests."""
    options = ["--exclude-resource-type", "unit_test", "--vars", json.dumps(settings), *flags]
    result = invoke_dbt(warehouse.path, "build", *options, project=project)
    return [message.partition(":")[0] for message in failures(result)]


def marts(warehouse) -> int:
    """How many marts there are, but for the rows that operators must mend: they are told anyhow."""
    query = "select count(*) from duckdb_tables() where schema_name = 'marts'"
    return warehouse.rows(f"{query} and table_name <> 'quarantined_rows'")[0][0]


def test_dayparts_with_a_gap_and_an_rfm_table_without_a_combination_stop_everything(
    warehouse, project
):
    warehouse.load(d2026_03_01=[item("o1")])
    dayparts, segments = project / "seeds" / "dayparts.csv", project / "seeds" / "rfm_segments.csv"
    dayparts.write_text(dayparts.read_text().replace("Lunch,11,15", "Lunch,12,15"))
    segments.write_text(segments.read_text().replace("low,mid,mid,Almost Lost\n", ""))
    assert sorted(build(warehouse, project)) == [
        "dayparts_cover_every_hour_once",
        "rfm_segments_name_every_combination_once",
    ]
    assert marts(warehouse) == 0


def test_dayparts_that_overlap_stop_everything(warehouse, project):
    warehouse.load(d2026_03_01=[item("o1")])
    dayparts = project / "seeds" / "dayparts.csv"
    dayparts.write_text(dayparts.read_text().replace("Lunch,11,15", "Lunch,10,15"))
    assert build(warehouse, project) == ["dayparts_cover_every_hour_once"]
    assert marts(warehouse) == 0


@pytest.mark.parametrize(
    ("row", "test"),
    [
        ("Pizza,Food\nPizza,Dishes", "unique_item_categories_delivered_category"),
        ("Pizza,", "not_null_item_categories_item_category"),
    ],
)
def test_a_category_with_two_names_or_with_none_stops_everything(warehouse, project, row, test):
    warehouse.load(d2026_03_01=[item("o1")])
    with (project / "seeds" / "item_categories.csv").open("a") as seed:
        seed.write(row + "\n")
    assert build(warehouse, project) == [test]
    assert marts(warehouse) == 0


def test_blanks_around_a_category_or_a_segment_stop_everything_and_name_the_seed(
    warehouse, project
):
    warehouse.load(d2026_03_01=[item("o1")])
    categories, segments = (
        project / "seeds" / f"{n}.csv" for n in ("item_categories", "rfm_segments")
    )
    categories.write_text(categories.read_text() + "Pizza, Food\n")
    segments.write_text(segments.read_text().replace("high,high,mid,Loyal", "high,high,mid,Loyal "))
    test = "names_in_seeds_have_no_blanks_around"
    assert build(warehouse, project, "--store-failures") == [test]
    assert marts(warehouse) == 0
    assert warehouse.rows(f"select * from dbt_test__audit.{test} order by all") == [
        ("item_categories", " Food"),
        ("rfm_segments", "Loyal "),
    ]


def test_mapped_categories_are_reported_together_and_lose_no_cent(warehouse, project):
    lines = [
        item("o1", item_category="Sodas", item_price="2.50"),
        item("o2", item_category=" Juices ", item_price="3.25"),
        item("o3", item_category="Pizza", item_price="12.00"),
        item("o4", item_category=None, item_price="1.00"),
    ]
    warehouse.load(d2026_03_01=lines)
    with (project / "seeds" / "item_categories.csv").open("a") as seed:
        seed.write("Sodas,Drinks\nJuices,Drinks\n")
    assert build(warehouse, project) == []
    trends = "select item_category, sum(net_revenue)::varchar from marts.sales_trends"
    assert warehouse.rows(f"{trends} where period_grain = 'day' group by 1 order by 1") == [
        ("Drinks", "5.7500"),
        ("Pizza", "12.0000"),
        ("Uncategorized", "1.0000"),
    ]


def test_an_as_of_before_the_first_order_stops_everything(warehouse):
    warehouse.load(d2026_03_01=[item("o1")])
    assert build(warehouse, as_of_date="2026-02-28") == ["as_of_date_is_not_before_the_first_order"]
    assert marts(warehouse) == 0


def rows_that_fail(warehouse, test, **settings) -> list[tuple]:
    """The rows of a data test that needs nothing but the order lines."""
    options = ["--store-failures", "--vars", json.dumps(settings)]
    invoke_dbt(warehouse.path, "build", "--select", "stg_pos__order_items", test, *options)
    return warehouse.rows(f"select * from dbt_test__audit.{test} order by all")


def test_lines_in_two_currencies_stop_everything(warehouse):
    warehouse.load(d2026_03_01=[item("o1"), item("o2", currency="EUR")])
    assert build(warehouse) == ["all_money_is_in_one_currency"]
    assert marts(warehouse) == 0


def test_the_restaurant_with_another_currency_is_named_unless_its_lines_do_not_count(warehouse):
    euros = item("o3", restaurant_id="r2", currency="EUR", app_name="test")
    warehouse.load(
        d2026_03_01=[item("o1"), item("o2"), item("o4", currency=None)], d2026_03_02=[euros]
    )
    test = "all_money_is_in_one_currency"
    assert rows_that_fail(warehouse, test) == [("r2", "EUR", "USD", 1)]
    assert rows_that_fail(warehouse, test, excluded_apps=["test"]) == []
    assert rows_that_fail(warehouse, test, as_of_date="2026-03-01") == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("at_risk_days", -1),
        pytest.param("rfm_window_months", 1.5, marks=pytest.mark.long),
        pytest.param("item_price_basis", "piece", marks=pytest.mark.long),
        pytest.param("backtest_days_ago", [90, 90], marks=pytest.mark.long),
        pytest.param("backtest_horizons", [], marks=pytest.mark.long),
        ("default_timezone", "Mars/Olympus"),
    ],
)
def test_a_setting_that_cannot_be_stops_everything(warehouse, setting, value):
    warehouse.load(d2026_03_01=[item("o1")])
    assert build(warehouse, **{setting: value}) == ["settings_are_what_they_may_be"]
    assert marts(warehouse) == 0


def test_settings_that_are_no_list_do_not_rise_or_contradict_each_other_are_named(warehouse):
    warehouse.load(d2026_03_01=[item("o1")])
    wrong = {
        "clv_low_rank": 0.9,  # above clv_high_rank, 0.8
        "excluded_apps": "DEV",
        "r_breaks": [7, 30, 30, 180],
        "f_breaks": [1, 2, 3],
        "m_breaks": [10, 20, "30", 40],
        "backtest_horizons": [60, 181],  # the longest of backtest_days_ago is 180
        "overdue_multiple": 1.5,  # may be
    }
    named = [row[0] for row in rows_that_fail(warehouse, "settings_are_what_they_may_be", **wrong)]
    assert named == sorted(wrong.keys() - {"overdue_multiple"})


def prices(of_two: str, lines: int) -> list[dict]:
    """Three items at 4.00 for one, and `lines` lines with two of one of them."""
    names = ("Soup", "Salad", "Pie")
    ones = [item(f"one-{n}", item_name=n, item_price="4.00") for n in names]
    twos = [
        item(f"two-{i}", item_name=names[i % 3], item_price=of_two, item_quantity=2)
        for i in range(lines)
    ]
    return ones + twos


def test_thirty_lines_that_contradict_the_price_basis_stop_everything(warehouse):
    basis = "item_price_basis_agrees_with_the_prices_of_single_units"
    warehouse.load(d2026_03_01=prices(of_two="8.00", lines=30))
    assert build(warehouse, item_price_basis="unit") == [basis]
    assert marts(warehouse) == 0
    warehouse.load(d2026_03_01=prices(of_two="4.00", lines=30))
    assert build(warehouse, item_price_basis="line") == [basis]
    assert marts(warehouse) == 0


def test_twenty_nine_lines_are_too_few_to_contradict_the_price_basis(warehouse):
    warehouse.load(d2026_03_01=prices(of_two="8.00", lines=29))
    assert build(warehouse, item_price_basis="unit") == []
