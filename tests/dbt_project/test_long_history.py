"""One order of 1980, the earliest that clean lets in, hides nothing of today."""

from .conftest import failures, invoke_dbt, item


def test_an_order_of_1980_leaves_dates_cohorts_and_customers_of_today_complete(warehouse):
    warehouse.load(
        d1980_01_02=[item("o1", user_id="ann", item_price="5.00")],
        d2026_03_01=[item("o2", user_id="bob", item_price="20.00")],
        d2026_03_02=[item("o3", user_id="cyd", item_price="30.00")],
    )
    assert (
        failures(invoke_dbt(warehouse.path, "build", "--exclude-resource-type", "unit_test")) == []
    )
    dates = "select min(date_day)::varchar, max(date_day)::varchar, count(*) from marts.dim_dates"
    assert warehouse.rows(dates) == [("1980-01-02", "2026-03-02", 16_862)]
    cohorts = "select cohort_month::varchar, customers from marts.cohort_retention"
    assert warehouse.rows(f"{cohorts} where months_since = 0 order by 1") == [
        ("1980-01-01", 1),
        ("2026-03-01", 2),
    ]


def test_the_build_fails_where_dates_end_before_the_as_of_date(warehouse):
    warehouse.load(d2026_03_01=[item("o1", user_id="ann")], d2026_04_02=[item("o2", user_id="bob")])
    warehouse.run()
    warehouse.change("delete from marts.dim_dates where date_day > '2026-03-31'")
    warehouse.change("delete from marts.cohort_retention where cohort_month > '2026-03-31'")
    result = invoke_dbt(warehouse.path, "test", "--select", "test_type:singular")
    assert sorted(message.partition(":")[0] for message in failures(result)) == [
        "cohorts_add_up_to_all_customers_lifetime_value",
        "dates_reach_the_as_of_date",
    ]
