-- net revenue per period and restaurant: fct_orders = sales_by_location = sales_trends
with

by_day as (

    select
        business_date,
        restaurant_id,
        sum(net_revenue) as net_revenue,
        sum(case when is_sale_order then 1 else 0 end) as orders
    from {{ ref('fct_orders') }}
    group by business_date, restaurant_id

),

by_order as (

    {% for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'business_date') }} as period_start,
        restaurant_id,
        sum(net_revenue) as net_revenue,
        sum(orders) as orders
    from by_day
    group by {{ period_start(grain, 'business_date') }}, restaurant_id
    {{ "union all" if not loop.last }}
    {% endfor %}

),

by_category as (

    select
        period_grain,
        period_start,
        restaurant_id,
        sum(net_revenue) as net_revenue
    from {{ ref('sales_trends') }}
    group by period_grain, period_start, restaurant_id

)

select
    coalesce(by_order.period_grain, by_location.period_grain, by_category.period_grain) as period_grain,
    coalesce(by_order.period_start, by_location.period_start, by_category.period_start) as period_start,
    coalesce(by_order.restaurant_id, by_location.restaurant_id, by_category.restaurant_id) as restaurant_id,
    by_order.net_revenue as net_of_orders,
    by_location.net_revenue as net_by_location,
    by_category.net_revenue as net_by_category
from by_order
full outer join {{ ref('sales_by_location') }} as by_location
    on
        by_order.period_grain = by_location.period_grain
        and by_order.period_start = by_location.period_start
        and by_order.restaurant_id = by_location.restaurant_id
full outer join by_category
    on
        by_order.period_grain = by_category.period_grain
        and by_order.period_start = by_category.period_start
        and by_order.restaurant_id = by_category.restaurant_id
where
    by_order.net_revenue is null
    or by_location.net_revenue is null
    or by_category.net_revenue is null
    or by_order.net_revenue <> by_location.net_revenue
    or by_order.orders <> by_location.orders
    or by_order.net_revenue <> by_category.net_revenue
