with

days as (

    select
        restaurant_id,
        period_start as business_date,
        orders,
        net_revenue,
        case when discounted_orders > 0 then 1 else 0 end as has_discount
    from {{ ref('int_location_periods_summed') }}
    where period_grain = 'day' and orders > 0

),

final as (

    select
        restaurant_id,
        cast(extract(dow from business_date) as integer) as day_of_week,
        sum(has_discount) as discount_days,
        sum(has_discount * orders) as orders,
        cast(sum(has_discount * net_revenue) as decimal(38, 4)) as net_revenue,
        sum(1 - has_discount) as other_days,
        sum((1 - has_discount) * orders) as other_orders,
        cast(sum((1 - has_discount) * net_revenue) as decimal(38, 4)) as other_net_revenue
    from days
    group by restaurant_id, cast(extract(dow from business_date) as integer)

)

select * from final
