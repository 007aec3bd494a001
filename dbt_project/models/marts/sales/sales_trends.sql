{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_periods("int_periods_to_build") }}',
) }}

with

periods as (

    select * from {{ ref('int_periods_to_build') }}

),

lines as (

    select items.*
    from {{ ref('fct_order_items') }} as items
    where items.business_date in (select periods.business_date from periods)

),

-- an order has one business date, restaurant and daypart, so orders may be added over the days of a period
orders_in_cells as (

    select
        business_date,
        restaurant_id,
        item_category,
        daypart,
        order_id,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(units) as units,
        max(case when is_sale_order then 1 else 0 end) as orders
    from lines
    group by business_date, restaurant_id, item_category, daypart, order_id

),

days as (

    select
        business_date,
        restaurant_id,
        item_category,
        daypart,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(units) as units,
        sum(orders) as orders
    from orders_in_cells
    group by business_date, restaurant_id, item_category, daypart

),

cells as (

    select
        periods.period_grain,
        periods.period_start,
        days.restaurant_id,
        days.item_category,
        days.daypart,
        sum(days.gross_revenue) as gross_revenue,
        sum(days.discount_amount) as discount_amount,
        sum(days.refund_amount) as refund_amount,
        sum(days.net_revenue) as net_revenue,
        sum(days.units) as units,
        sum(days.orders) as orders
    from periods
    inner join days on periods.business_date = days.business_date
    group by periods.period_grain, periods.period_start, days.restaurant_id, days.item_category, days.daypart

),

final as (

    select
        cast(period_grain as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        cast(restaurant_id as varchar(256)) as restaurant_id,
        cast(item_category as varchar(4000)) as item_category,
        cast(daypart as varchar(64)) as daypart,
        cast(gross_revenue as decimal(38, 4)) as gross_revenue,
        cast(discount_amount as decimal(38, 4)) as discount_amount,
        cast(refund_amount as decimal(38, 4)) as refund_amount,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(units as bigint) as units,
        cast(orders as bigint) as orders
    from cells

)

select * from final
