-- sum(CLV) + guests + users without a sale order + accounts left out as no person = total net revenue
with

total as (

    select coalesce(sum(net_revenue), 0) as net_revenue from {{ ref('fct_orders') }}

),

customers as (

    select coalesce(sum(historical_clv), 0) as net_revenue from {{ ref('customer_clv') }}

),

sellers as (

    select
        customer_id,
        max(case when is_sale_order then 1 else 0 end) as has_sale_order
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by customer_id

),

others as (

    select coalesce(sum(orders.net_revenue), 0) as net_revenue
    from {{ ref('fct_orders') }} as orders
    left join {{ ref('customer_clv') }} as clv on orders.customer_id = clv.customer_id
    left join sellers on orders.customer_id = sellers.customer_id
    where
        orders.is_guest
        or sellers.has_sale_order = 0
        or ({{ var('exclude_non_individuals') | lower }} and clv.customer_id is null)

)

select
    total.net_revenue as total_net,
    customers.net_revenue as customers_net,
    others.net_revenue as others_net
from total
cross join customers
cross join others
where total.net_revenue <> customers.net_revenue + others.net_revenue
