with

weekdays as (

    select * from {{ ref('int_discount_days_compared') }}

),

-- what a store's other days of the weekday would have brought, in thousandths: seven places, so that
-- the four of the result are exact
baselines as (

    select
        restaurant_id,
        sum(discount_days) as discount_days,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue,
        sum({{ ratio('1000 * discount_days * other_orders', 'other_days') }}) as baseline_orders,
        sum({{ ratio('1000 * discount_days * other_net_revenue', 'other_days') }}) as baseline_net
    from weekdays
    where discount_days > 0 and other_days > 0
    group by restaurant_id

),

restaurants as (

    select
        restaurant_id,
        sum(discount_days) as discount_days
    from weekdays
    group by restaurant_id

),

final as (

    select
        cast(restaurants.restaurant_id as varchar(256)) as restaurant_id,
        cast(coalesce(baselines.discount_days, 0) as bigint) as discount_days,
        cast(coalesce(baselines.orders, 0) as bigint) as orders,
        {{ ratio('coalesce(baselines.baseline_orders, 0)', '1000') }} as baseline_orders,
        cast(coalesce(baselines.net_revenue, 0) as decimal(38, 4)) as net_revenue,
        {{ ratio('coalesce(baselines.baseline_net, 0)', '1000') }} as baseline_net,
        {{ ratio('100 * (1000 * baselines.orders - baselines.baseline_orders)', 'baselines.baseline_orders') }}
            as orders_lift_pct,
        cast(
            case when restaurants.discount_days > 0 then 'discounts_recorded' else 'no_discount_recorded' end
            as varchar(32)
        ) as signal
    from restaurants
    left join baselines on restaurants.restaurant_id = baselines.restaurant_id

)

select * from final
