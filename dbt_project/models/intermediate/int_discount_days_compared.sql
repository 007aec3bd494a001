with

days as (

    select
        restaurant_id,
        business_date,
        sum(case when is_sale_order then 1 else 0 end) as orders,
        sum(net_revenue) as net_revenue,
        max(case when is_discounted then 1 else 0 end) as has_discount
    from {{ ref('fct_orders') }}
    group by restaurant_id, business_date
    having sum(case when is_sale_order then 1 else 0 end) > 0

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
