with

periods as (

    select
        *,
        case
            when period_grain = 'month' then {{ add_months(-12, 'period_start') }}
            else cast(period_start - 364 as date)
        end as last_year_start,
        {{ period_end('period_grain', 'period_start') }} as period_end
    from {{ ref('sales_by_location') }}
    where orders > 0 and is_complete_period

),

locations as (

    select * from {{ ref('location_performance') }}

),

-- comparable: old enough at the end of the period, and trading in both
compared as (

    select
        periods.period_grain,
        periods.period_start,
        periods.restaurant_id,
        periods.net_revenue,
        periods.orders,
        last_year.net_revenue as last_year_net_revenue,
        last_year.orders as last_year_orders,
        {{ traffic_effect('periods.orders', 'last_year.orders', 'last_year.net_revenue') }} as traffic_effect
    from periods
    inner join periods as last_year
        on
            periods.period_grain = last_year.period_grain
            and periods.last_year_start = last_year.period_start
            and periods.restaurant_id = last_year.restaurant_id
    inner join locations on periods.restaurant_id = locations.restaurant_id
    where locations.first_order_date <= {{ add_months(-var('comparable_months'), 'periods.period_end') }}

),

final as (

    select
        cast(period_grain as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        cast(restaurant_id as varchar(256)) as restaurant_id,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(last_year_net_revenue as decimal(38, 4)) as last_year_net_revenue,
        cast(orders as bigint) as orders,
        cast(last_year_orders as bigint) as last_year_orders,
        cast(traffic_effect as decimal(18, 4)) as traffic_effect,
        cast(net_revenue - last_year_net_revenue - traffic_effect as decimal(18, 4)) as check_effect
    from compared

)

select * from final
