-- A row here is a restaurant with lines in another currency than that of most lines: amounts are added together, so
-- a warehouse holds one currency. Give the other one a workspace of its own; mend a line whose CURRENCY is wrong.
with

counted as (

    select
        restaurant_id,
        currency,
        count(*) as line_count
    from {{ ref('stg_pos__order_items') }}
    where
        currency is not null
        and business_date <= cast('{{ var("as_of_date") or "9999-12-31" }}' as date)
        and coalesce(app_name, '') not in ({{ quoted_list(var('excluded_apps') or ['no app has this name']) }})
    group by restaurant_id, currency

),

currencies as (

    select
        currency,
        row_number() over (order by sum(line_count) desc, currency) as commonness
    from counted
    group by currency

)

select
    counted.restaurant_id,
    counted.currency,
    currencies.currency as most_common_currency,
    counted.line_count
from counted
inner join currencies
    on
        currencies.commonness = 1
        and counted.currency <> currencies.currency
