with

as_of as (

    select * from {{ ref('int_as_of') }}

),

restaurants as (

    select
        restaurant_id,
        sum(net_revenue) as total_revenue,
        sum(orders) as orders,
        sum(case when orders > 0 then 1 else 0 end) as trading_days,
        min(case when orders > 0 then period_start end) as first_order_date,
        max(case when orders > 0 then period_start end) as last_order_date
    from {{ ref('int_location_periods_summed') }}
    where period_grain = 'day'
    group by restaurant_id

),

measured as (

    select
        *,
        {{ ratio('total_revenue', 'trading_days') }} as revenue_per_trading_day,
        greatest(last_order_date - first_order_date + 1, 7) as span_days
    from restaurants

),

final as (

    select
        cast(measured.restaurant_id as varchar(256)) as restaurant_id,
        cast(measured.total_revenue as decimal(38, 4)) as total_revenue,
        cast(measured.orders as bigint) as orders,
        {{ ratio('measured.total_revenue', 'measured.orders') }} as avg_order_value,
        cast(measured.trading_days as bigint) as trading_days,
        {{ ratio('measured.orders', 'measured.trading_days') }} as orders_per_day,
        {{ ratio('7 * measured.orders', 'measured.span_days') }} as orders_per_week,
        cast(measured.revenue_per_trading_day as decimal(18, 4)) as revenue_per_trading_day,
        cast(rank() over (order by measured.total_revenue desc) as bigint) as revenue_rank,
        cast(rank() over (order by measured.total_revenue) as bigint) as revenue_rank_bottom,
        cast(
            case
                when measured.trading_days > 0
                    then rank() over (order by measured.revenue_per_trading_day desc nulls last)
            end as bigint
        ) as revenue_per_trading_day_rank,
        cast(measured.first_order_date as date) as first_order_date,
        cast(measured.last_order_date as date) as last_order_date,
        cast(
            coalesce(
                measured.first_order_date <= {{ add_months(-var('comparable_months'), 'as_of.as_of_date') }},
                false
            ) as boolean
        ) as is_comparable
    from measured
    cross join as_of

)

select * from final
