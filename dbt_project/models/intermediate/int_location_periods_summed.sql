with

orders as (

    select * from {{ ref('fct_orders') }}

),

hours as (

    {% for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'business_date') }} as period_start,
        restaurant_id,
        local_hour,
        sum(net_revenue) as net_revenue,
        sum(case when is_sale_order then 1 else 0 end) as orders
    from orders
    group by {{ period_start(grain, 'business_date') }}, restaurant_id, local_hour
    {{ "union all" if not loop.last }}
    {% endfor %}

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
        period_grain,
        period_start,
        restaurant_id,
        sum(net_revenue) as net_revenue,
        sum(orders) as orders,
        max(case when position_by_orders = 1 and orders > 0 then local_hour end) as peak_hour
    from ranked
    group by period_grain, period_start, restaurant_id

)

select * from final
