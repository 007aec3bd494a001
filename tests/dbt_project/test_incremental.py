"""Law 3: after any sequence of deliveries the marts are, row by row, those of a full refresh."""

import random
import shutil

import duckdb
import pytest

from .conftest import PROJECT, Warehouse, failures, invoke_dbt, item, option

SUNDAY_NIGHT = {
    "d2026_03_29": [
        item("o1", user_id="ann", item_price="20.00"),
        item("o1", "2", user_id="ann", item_category="Drinks", item_price="3.00"),
        option("o1", option_price="-2.00"),
        item("o2", user_id="bob", is_loyalty=True, hour=19),
        item("o3", restaurant_id="r2", hour=8, item_quantity=2, item_price="9.00"),
    ],
    "d2026_03_30": [
        item("o4", user_id="ann", is_loyalty=True),
        item("o5", user_id="cyd", restaurant_id="r2", app_name="POS - DEVELOPMENT"),
    ],
    "d2026_03_31": [
        item("o6", user_id="bob", item_price="-4.00"),
        item("o7", user_id="dan", restaurant_id="r2", item_price="7.50"),
        option("o7", option_price="0.75", option_quantity=2),
    ],
}


MARTS = """
select table_name from information_schema.tables
where table_catalog = 'fresh' and table_schema = 'marts'
"""


def differences(built: Warehouse, **settings) -> dict[str, tuple[int, int]]:
    """Per mart: rows that only the incremental or only the fully refreshed one holds."""
    fresh = Warehouse(built.path.parent / "fresh" / built.path.name)
    shutil.copyfile(built.path, fresh.path)
    fresh.run(full=True, **settings)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{built.path}' as built (read_only)")
        connection.execute(f"attach '{fresh.path}' as fresh (read_only)")
        marts = [name for (name,) in connection.execute(MARTS).fetchall()]
        assert len(marts) >= 15
        counts = {mart: _difference(connection, mart) for mart in marts}
    return {mart: count for mart, count in counts.items() if count != (0, 0)}


def _difference(connection, mart: str) -> tuple[int, int]:
    one_way = "select count(*) from (from {0}.marts.{2} except all from {1}.marts.{2})"
    return tuple(
        connection.execute(one_way.format(*pair, mart)).fetchone()[0]
        for pair in (("built", "fresh"), ("fresh", "built"))
    )


@pytest.fixture(scope="module")
def first_build(tmp_path_factory):
    warehouse = Warehouse(tmp_path_factory.mktemp("first") / "warehouse.duckdb")
    warehouse.load(**SUNDAY_NIGHT)
    warehouse.run()
    return warehouse


@pytest.fixture
def built(first_build, tmp_path):
    (tmp_path / "fresh").mkdir()
    shutil.copyfile(first_build.path, tmp_path / "warehouse.duckdb")
    return Warehouse(tmp_path / "warehouse.duckdb", loads=first_build.loads)


def test_days_late_lines_corrections_and_withdrawals_give_the_marts_of_a_full_refresh(built):
    late_line = item("o2", "2", user_id="bob", item_category="Drinks", item_price="2.25")
    built.load(
        d2026_03_29=[*SUNDAY_NIGHT["d2026_03_29"], late_line],
        d2026_04_01=[item("o8", user_id="ann"), item("o9", user_id="eve", hour=23)],
    )
    built.run()
    assert differences(built) == {}

    corrected = [item("o6", user_id="cyd", item_price="40.00")]  # dan's only order is gone
    built.load(d2026_03_31=corrected, d2026_03_30=None)
    built.run()
    assert built.rows("select customer_id from marts.customer_clv order by 1") == [
        ("ann",),
        ("bob",),
        ("cyd",),
        ("eve",),
    ]
    assert differences(built) == {}

    moved = [item("o6", user_id="cyd", item_price="40.00", hour=1)]
    built.load(d2026_03_31=[], d2026_04_02=moved, d2026_04_01=None)
    built.run()
    assert differences(built) == {}


def test_another_setting_or_an_earlier_as_of_leaves_no_row_of_the_one_before(built):
    other = {"item_price_basis": "unit", "excluded_apps": ["POS - DEVELOPMENT"]}
    built.run(**other)
    assert built.rows("select sum(net_revenue)::varchar from marts.fct_orders") == [("64.0000",)]

    earlier = other | {"as_of_date": "2026-03-29"}
    built.run(**earlier)
    assert built.rows("select max(business_date)::varchar from marts.fct_orders") == [
        ("2026-03-29",)
    ]
    assert differences(built, **earlier) == {}

    built.run()
    assert differences(built) == {}


def test_an_edited_macro_builds_every_date_anew(built, tmp_path):
    project = shutil.copytree(PROJECT, tmp_path / "dbt_project")
    macro = project / "macros" / "period_start.sql"
    macro.write_text(macro.read_text().replace("date_trunc('month'", "date_trunc('quarter'"))
    names_dates = ("run", "--select", "int_dates_to_build")
    dates = "select is_touched, count(*) from intermediate.int_dates_to_build group by all"
    invoke_dbt(built.path, *names_dates)
    assert built.rows(dates) == [(False, 3)]
    invoke_dbt(built.path, *names_dates, project=project)
    assert built.rows(dates) == [(True, 3)]


def test_periods_that_are_compared_with_a_changed_one_or_completed_by_the_as_of_date_follow(built):
    """Without a touched date of their own: the day after, next year's, a month that ends."""
    built.load(d2026_04_03=[item("o8")], d2027_03_31=[item("o9")], d2027_05_02=[item("o10")])
    built.run(as_of_date="2027-04-29")
    built.load(d2026_04_02=[item("o11", item_price="4.00")], d2026_03_29=None)
    built.run(as_of_date="2027-04-30")  # r2 opens two days later now
    periods = "select previous_net_revenue::double, last_year_net_revenue::double from marts."
    assert built.rows(
        f"{periods}sales_by_location where period_grain = 'day' and period_start = '2026-04-03'"
    ) == [(4.0, None)]
    assert (
        built.rows(
            f"{periods}sales_by_location where period_grain = 'day' and period_start = '2027-04-01'"
        )
        == []
    )
    assert differences(built, as_of_date="2027-04-30") == {}


def test_a_table_that_cannot_be_built_anew_stays_as_it_was(built, tmp_path):
    project = shutil.copytree(PROJECT, tmp_path / "dbt_project")
    model = project / "models" / "marts" / "core" / "dim_customers.sql"
    broken = "select * from final where cast(customer_id as integer) > 0"
    model.write_text(model.read_text().replace("select * from final", broken))
    chosen = ("run", "--select", "dim_customers")
    (failure,) = failures(invoke_dbt(built.path, *chosen, project=project))
    assert "Could not convert string" in failure
    kept = "select customer_id from marts.dim_customers order by 1"
    assert built.rows(kept) == [("ann",), ("bob",), ("cyd",), ("dan",)]


def test_users_become_customers_and_cease_to_be_by_a_date_far_from_their_others(built):
    """A refund without an order, a late first order, accounts left out, one of them withdrawn."""
    settings = {"exclude_non_individuals": True, "non_individual_orders_per_day": 2}
    refund = item("o8", user_id="eve", item_price="-5.00")
    two_orders = [item("o9", user_id="ann"), item("o10", user_id="ann")]
    kiosk = [item("o14", user_id="kiosk"), item("o15", user_id="kiosk")]
    built.load(d2026_04_05=[refund, *two_orders], d2026_04_06=kiosk)
    built.run(**settings)
    assert built.rows("select distinct customer_id from marts.customer_clv_history order by 1") == [
        ("bob",),
        ("cyd",),
        ("dan",),
    ]
    left_out = "select customer_id from intermediate.int_users_summed where not is_customer"
    assert built.rows(f"{left_out} order by 1") == [("ann",), ("kiosk",)]
    assert differences(built, **settings) == {}

    early = item("o11", user_id="bob", item_price="6.00")
    built.load(
        d2026_03_20=[early, option("o11", option_price="-1.00")],
        d2026_04_05=[refund, two_orders[0]],
        d2026_04_06=None,
        d2026_04_07=[item("o12", user_id="eve"), item("o13", user_id="dan", is_loyalty=True)],
        d2026_03_31=None,
    )
    built.run(**settings)
    assert built.rows(
        "select customer_id, business_date::varchar, cumulative_clv::double "
        "from marts.customer_clv_history where customer_id in ('bob', 'eve') order by 1, 2"
    ) == [
        ("bob", "2026-03-20", 5.0),
        ("bob", "2026-03-29", 15.0),
        ("eve", "2026-04-05", -5.0),
        ("eve", "2026-04-07", 5.0),
    ]
    assert built.rows(left_out) == []
    assert differences(built, **settings) == {}


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("fct_orders", marks=pytest.mark.long),
        "int_users_summed",
        pytest.param("customer_clv_history", marks=pytest.mark.long),
    ],
)
def test_a_build_that_broke_off_is_made_good_by_the_next(built, last):
    built.load(
        d2026_03_29=None,
        d2026_03_31=[item("o6", user_id="fay")],
        d2026_04_01=[item("o8", user_id="ann"), item("o9", user_id="eve")],
    )
    built.run("run", "--select", f"+{last}")  # killed before anything behind it
    built.run()
    assert differences(built) == {}


def test_a_date_that_was_withdrawn_before_a_table_was_lost_is_gone_from_all_the_others(built):
    built.load(d2026_03_31=None)
    built.change("drop table intermediate.int_deliveries_counted")
    built.run()
    assert built.rows("select max(business_date)::varchar from marts.fct_orders") == [
        ("2026-03-30",)
    ]
    assert differences(built) == {}


def test_a_build_without_news_takes_up_no_date(built):
    built.run()
    assert built.rows("select count(*) from intermediate.int_dates_to_build where is_touched") == [
        (0,)
    ]


def test_a_full_refresh_of_one_fact_alone_is_refused(built):
    built.run()  # no date is touched
    result = invoke_dbt(built.path, "run", "--select", "fct_order_items", "--full-refresh")
    assert "a full refresh must select that model too" in failures(result)[0]


def test_after_a_full_refresh_each_fact_may_be_built_anew_alone(built):
    """As Airflow does when each model has a dbt process of its own, or a failed one is cleared."""
    built.run(full=True)
    built.run("run", "--select", "fct_order_items", full=True)
    assert differences(built) == {}


DATES = [f"2026_{month}_{day:02d}" for month in ("01", "02", "03") for day in (1, 2, 3, 15, 28)]
WINDOWS = {
    "loyalty_window_days": 20,
    "discount_window_days": 10,
    "non_individual_orders_per_day": 2,
}


@pytest.mark.long
def test_thirty_random_changes_of_orders_give_the_marts_of_a_full_refresh(tmp_path):
    """Half of them with accounts left out, a third as of a day before the last ones."""
    (tmp_path / "fresh").mkdir()
    dice, orders = random.Random(7), {}
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    for step in range(30):
        warehouse.load(**_random_changes(dice, orders))
        settings = WINDOWS | {"exclude_non_individuals": step >= 15}
        if orders and dice.random() < 0.3:
            first = min(date for date, _ in orders.values()).replace("_", "-")
            settings["as_of_date"] = max(first, "2026-02-15")
        warehouse.run(**settings)
        assert differences(warehouse, **settings) == {}, f"after step {step}"


def _random_changes(dice: random.Random, orders: dict[str, tuple[str, list]]) -> dict:
    """The dates to load after orders came, went, or moved to another date or customer."""
    touched = set()
    for _ in range(dice.randint(2, 8)):
        order = f"o{dice.randint(0, 24)}"
        was_there = order in orders
        if was_there:
            touched.add(orders.pop(order)[0])
        if not was_there or dice.random() < 0.65:
            orders[order] = dice.choice(DATES), _random_order(dice, order)
            touched.add(orders[order][0])
    return {f"d{date}": _day(orders, date) or dice.choice((None, [])) for date in sorted(touched)}


def _day(orders: dict[str, tuple[str, list]], date: str) -> list:
    return [row for its_date, rows in orders.values() if its_date == date for row in rows]


def _random_order(dice: random.Random, order: str) -> list:
    of_order = {
        "user_id": dice.choice((None, "ann", "bob", "cyd", "dan")),
        "is_loyalty": dice.random() < 0.3,
        "restaurant_id": dice.choice(("r1", "r2")),
    }
    rows = [
        item(
            order,
            str(line),
            hour=dice.randint(0, 23),
            item_category=dice.choice(("Pizza", "Drinks")),
            item_price=dice.choice(("10.00", "2.50", "-3.00", "0.00")),
            **of_order,
        )
        for line in range(dice.randint(1, 3))
    ]
    if dice.random() < 0.4:
        rows.append(option(order, "0", option_price=dice.choice(("-1.00", "0.50"))))
    return rows
