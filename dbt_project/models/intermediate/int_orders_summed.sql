with

lines as (

    select * from {{ ref('int_order_items_priced') }}

),

-- DuckDB would write down every line for a CTE that is read twice
orders_of_several_customers as (

    select order_id
    from {{ ref('int_order_items_priced') }}
    where customer_id is not null
    group by order_id
    having min(customer_id) <> max(customer_id)

),

known_customers as (

    select
        known.order_id,
        known.customer_id,
        row_number() over (partition by known.order_id order by known.created_at, known.lineitem_id)
            as line_position
    from {{ ref('int_order_items_priced') }} as known
    inner join orders_of_several_customers as several on known.order_id = several.order_id
    where known.customer_id is not null

),

orders as (

    select
        order_id,
        min(customer_id) as least_customer_id,
        min(restaurant_id) as restaurant_id,
        min(app_name) as app_name,
        min(currency) as currency,
        min(ordered_at) as ordered_at,
        min(ordered_at_local) as ordered_at_local,
        min(business_date) as business_date,
        max(case when is_loyalty then 1 else 0 end) = 1 as is_loyalty,
        max(case when is_sale_line then 1 else 0 end) = 1 as is_sale_order,
        count(*) as line_count,
        sum(case when is_sale_line then item_quantity else 0 end) as units,
        cast(sum(gross_revenue) as decimal(18, 4)) as gross_revenue,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(refund_amount) as decimal(18, 4)) as refund_amount,
        cast(sum(net_revenue) as decimal(18, 4)) as net_revenue
    from lines
    group by order_id

),

final as (

    select
        orders.*,
        coalesce(known_customers.customer_id, orders.least_customer_id) as customer_id,
        cast(extract(hour from orders.ordered_at_local) as integer) as local_hour
    from orders
    left join known_customers
        on
            orders.order_id = known_customers.order_id
            and known_customers.line_position = 1

)

select * from final
