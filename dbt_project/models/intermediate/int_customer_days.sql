{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_customers() }}',
) }}

{% set so_far = 'over (
            partition by customer_id
            order by business_date
            rows between unbounded preceding and current row
        )' %}

with

-- the customers of touched dates have just been forgotten: build whoever is not there
orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    where
        orders.customer_id is not null
        {% if is_incremental() %}
        and orders.customer_id not in (
            select held.customer_id
            from {{ this }} as held
            where held.is_latest
        )
        {% endif %}

),

days as (

    select
        customer_id,
        business_date,
        sum(case when is_sale_order then 1 else 0 end) as day_orders,
        sum(case when is_sale_order then line_count else 0 end) as day_lines,
        sum(net_revenue) as day_net,
        max(case when is_sale_order and is_loyalty then 1 else 0 end) as is_loyalty_day
    from orders
    group by customer_id, business_date

),

running as (

    select
        customer_id,
        business_date,
        day_orders,
        day_net,
        min(case when day_orders > 0 then business_date end) {{ so_far }} as first_order_date,
        max(case when day_orders > 0 then business_date end) {{ so_far }} as last_order_date,
        min(case when is_loyalty_day = 1 then business_date end) {{ so_far }} as first_loyalty_date,
        sum(day_orders) {{ so_far }} as orders,
        sum(case when day_orders > 0 then 1 else 0 end) {{ so_far }} as visits,
        sum(day_net) {{ so_far }} as net_revenue,
        sum(day_lines) {{ so_far }} as sale_lines,
        max(day_orders) {{ so_far }} as most_orders_of_a_day,
        max(business_date) over (partition by customer_id) as last_date
    from days

),

final as (

    select
        cast(customer_id as varchar(256)) as customer_id,
        cast(business_date as date) as business_date,
        cast(day_orders as bigint) as day_orders,
        cast(day_net as decimal(38, 4)) as day_net,
        cast(first_order_date as date) as first_order_date,
        cast(last_order_date as date) as last_order_date,
        cast(first_loyalty_date as date) as first_loyalty_date,
        cast(orders as bigint) as orders,
        cast(visits as bigint) as visits,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(sale_lines as bigint) as sale_lines,
        cast(most_orders_of_a_day as bigint) as most_orders_of_a_day,
        cast(business_date = last_date as boolean) as is_latest
    from running

)

select * from final
