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

orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    where orders.business_date in (select periods.business_date from periods)

),

hours_of_days as (

    select
        business_date,
        restaurant_id,
        local_hour,
        sum(net_revenue) as net_revenue,
        sum(case when is_sale_order then 1 else 0 end) as orders,
        sum(case when is_discounted then 1 else 0 end) as discounted_orders
    from orders
    group by business_date, restaurant_id, local_hour

),

hours as (

    select
        periods.period_grain,
        periods.period_start,
        hours_of_days.restaurant_id,
        hours_of_days.local_hour,
        sum(hours_of_days.net_revenue) as net_revenue,
        sum(hours_of_days.orders) as orders,
        sum(hours_of_days.discounted_orders) as discounted_orders
    from periods
    inner join hours_of_days on periods.business_date = hours_of_days.business_date
    group by periods.period_grain, periods.period_start, hours_of_days.restaurant_id, hours_of_days.local_hour

),

ranked as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, restaurant_id
            order by orders desc, local_hour asc
        ) as position_by_orders
    from hours

),

final as (

    select
        cast(period_grain as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        restaurant_id,
        cast(sum(net_revenue) as decimal(38, 4)) as net_revenue,
        cast(sum(orders) as bigint) as orders,
        cast(sum(discounted_orders) as bigint) as discounted_orders,
        cast(max(case when position_by_orders = 1 and orders > 0 then local_hour end) as integer) as peak_hour
    from ranked
    group by period_grain, period_start, restaurant_id

)

select * from final
