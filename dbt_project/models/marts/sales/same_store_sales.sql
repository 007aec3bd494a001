with

locations as (

    select * from {{ ref('same_store_sales_by_location') }}

),

periods as (

    select
        period_grain,
        period_start,
        count(*) as restaurants,
        sum(net_revenue) as net_revenue,
        sum(last_year_net_revenue) as last_year_net_revenue,
        sum(orders) as orders,
        sum(last_year_orders) as last_year_orders
    from locations
    group by period_grain, period_start

),

traffic as (

    select
        *,
        {{ traffic_effect('orders', 'last_year_orders', 'last_year_net_revenue') }} as traffic_effect
    from periods

),

measured as (

    select
        *,
        last_year_net_revenue + traffic_effect as net_at_last_years_check
    from traffic

),

final as (

    select
        cast(period_grain as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        cast(restaurants as bigint) as restaurants,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(last_year_net_revenue as decimal(38, 4)) as last_year_net_revenue,
        {{ change_pct('net_revenue', 'last_year_net_revenue') }} as net_change_pct,
        cast(orders as bigint) as orders,
        cast(last_year_orders as bigint) as last_year_orders,
        {{ change_pct('orders', 'last_year_orders') }} as traffic_change_pct,
        {{ ratio('net_revenue', 'orders') }} as avg_check,
        {{ ratio('last_year_net_revenue', 'last_year_orders') }} as last_year_avg_check,
        {{ change_pct('net_revenue', 'net_at_last_years_check') }} as avg_check_change_pct,
        cast(traffic_effect as decimal(18, 4)) as traffic_effect,
        cast(net_revenue - net_at_last_years_check as decimal(18, 4)) as check_effect
    from measured

)

select * from final
