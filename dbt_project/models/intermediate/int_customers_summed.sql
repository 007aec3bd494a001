with

orders as (

    select * from {{ ref('fct_orders') }}
    where customer_id is not null

),

days as (

    select
        customer_id,
        business_date,
        sum(case when is_sale_order then 1 else 0 end) as day_orders,
        sum(case when is_sale_order then line_count else 0 end) as day_lines,
        sum(net_revenue) as day_net,
        max(case when is_loyalty and is_sale_order then 1 else 0 end) as day_loyalty
    from orders
    group by customer_id, business_date

),

customers as (

    select
        customer_id,
        min(case when day_orders > 0 then business_date end) as first_order_date,
        max(case when day_orders > 0 then business_date end) as last_order_date,
        min(case when day_loyalty = 1 then business_date end) as first_loyalty_date,
        sum(day_orders) as orders,
        sum(case when day_orders > 0 then 1 else 0 end) as visits,
        cast(sum(day_net) as decimal(38, 4)) as net_revenue,
        sum(day_lines) >= {{ var('non_individual_lines') }}
        or max(day_orders) >= {{ var('non_individual_orders_per_day') }} as is_likely_non_individual
    from days
    group by customer_id
    having sum(day_orders) > 0

),

final as (

    select * from customers
    {% if var('exclude_non_individuals') %}
    where not is_likely_non_individual
    {% endif %}

)

select * from final
