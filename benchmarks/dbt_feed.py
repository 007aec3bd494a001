"""Simulated rows of schema `pos`: 1.5 lines an order, 8 % guests, options, discounts, refunds.

Customers come all the time, visit most in their first weeks and are gone after a year; one in four
joins the loyalty programme.
"""

import duckdb

from orchestration.load import create_tables

FIRST_DAY = "date '2020-01-01'"


def create_feed(connection: duckdb.DuckDBPyConnection, restaurants: int, customers: int) -> None:
    """The empty tables of `pos`, and what `add_days` needs: restaurants, new customers per year."""
    create_tables(connection)
    connection.execute("create schema if not exists benchmark")
    connection.execute(
        "create or replace table benchmark.size as select ? as restaurants, ? as customers",
        [restaurants, customers],
    )


def add_days(
    connection: duckdb.DuckDBPyConnection, first: int, days: int, lines_per_day: int
) -> int:
    """Append whole business dates, `first` days after the start; return the lines added."""
    connection.execute(
        f"""
        create or replace temp table lines as
        select
            day, line,
            hash(day * 1000003 + line // 3 * 2 + (line % 3 = 2)::int) as of_order,
            hash(day * 7919 + line) as of_line
        from range({first}, {first + days}) as d(day), range({lines_per_day}) as l(line)
        """
    )
    (lines,) = connection.execute(_INSERT_ITEMS).fetchone()
    connection.execute(_INSERT_OPTIONS)
    for entity in ("order_items", "order_item_options"):
        connection.execute(
            "insert into pos._partitions "
            "select ?, business_date::varchar, 'run', count(*), 0, 0, 0, now()::timestamp "
            f"from pos.{entity} where business_date >= {FIRST_DAY} + ?::integer "
            "group by business_date",
            [entity, first],
        )
    return lines


_INSERT_ITEMS = f"""
insert into pos.order_items
select
    to_hex(of_order) as order_id,
    to_hex(of_line) as lineitem_id,
    lpad(to_hex(of_order % restaurants), 24, '0') as order_restaurant_id,
    lpad(to_hex(of_order % restaurants), 24, '0') as restaurant_id,
    case when of_order % 100 >= 8 then lpad(customer::varchar, 24, '0') end as user_id,
    null as card_hash,
    'POS' as app_name,
    'USD' as currency,
    customer % 4 = 0 and of_order % 5 > 0 and of_order % 100 >= 8 as is_loyalty,
    'Category ' || of_line % 12 as item_category,
    'Item ' || of_line % 240 as item_name,
    case when of_line % 400 = 0 then -1 else 1 end * (1 + of_line % 2400 / 100.0) as item_price,
    case when of_line % 15 = 0 then 2 else 1 end as item_quantity,
    moment as created_at,
    moment as ordered_at,
    moment as ordered_at_local,
    moment::date as business_date,
    'landing-' || day as _landing_id,
    line + 2 as _source_row,
    moment as _delivered_at
from (
    select
        *,
        {FIRST_DAY}::timestamp + to_days(day::integer)
        + to_seconds((of_order % 50400 + 25200)::bigint) as moment,
        -- days since the customer's first visits, most often few
        365 * pow(of_order % 1000003 / 1000003.0, 2) as age,
        ((day + 365 - age) * customers / 365)::bigint as customer
    from lines
    cross join benchmark.size
)
"""

_INSERT_OPTIONS = f"""
insert into pos.order_item_options
select
    to_hex(of_order) as order_id,
    to_hex(of_line) as lineitem_id,
    'Extras' as option_group_name,
    'Option ' || of_line % 9 as option_name,
    case when of_line % 9 = 0 then -1.5 else of_line % 3 * 0.75 end as option_price,
    1 as option_quantity,
    {FIRST_DAY} + day::integer as business_date,
    'landing-' || day as _landing_id,
    line + 2 as _source_row,
    {FIRST_DAY}::timestamp as _delivered_at
from lines
where of_line % 2 = 0
"""
