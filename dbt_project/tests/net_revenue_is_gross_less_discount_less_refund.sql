-- every line's and every order's money adds up; a row here is a line or an order that does not
select
    order_id,
    lineitem_id,
    net_revenue
from {{ ref('fct_order_items') }}
where net_revenue <> gross_revenue - discount_amount - refund_amount
union all
select
    order_id,
    null as lineitem_id,
    net_revenue
from {{ ref('fct_orders') }}
where net_revenue <> gross_revenue - discount_amount - refund_amount
