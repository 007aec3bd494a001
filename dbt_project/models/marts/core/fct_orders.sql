{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_dates() }}',
) }}

with

orders as (

    select * from {{ ref('int_orders_summed') }}

),

dayparts as (

    select * from {{ ref('dayparts') }}

),

final as (

    select
        -- ids
        cast(orders.order_id as varchar(256)) as order_id,
        cast(orders.restaurant_id as varchar(256)) as restaurant_id,
        cast(orders.customer_id as varchar(256)) as customer_id,
        cast(orders.app_name as varchar(4000)) as app_name,
        cast(orders.currency as varchar(3)) as currency,

        -- times
        cast(orders.ordered_at as timestamp) as ordered_at,
        cast(orders.ordered_at_local as timestamp) as ordered_at_local,
        cast(orders.business_date as date) as business_date,
        cast(orders.local_hour as integer) as local_hour,
        cast(dayparts.daypart as varchar(64)) as daypart,

        -- flags
        cast(orders.is_loyalty as boolean) as is_loyalty,
        cast(orders.customer_id is null as boolean) as is_guest,
        cast(orders.is_sale_order as boolean) as is_sale_order,
        cast(orders.is_sale_order and orders.discount_amount > 0 as boolean) as is_discounted,
        cast(
            case
                when orders.customer_id is null then 'guest'
                when orders.is_loyalty then 'member'
                else 'non_member'
            end as varchar(16)
        ) as loyalty_group,

        -- measures
        cast(orders.line_count as bigint) as line_count,
        cast(orders.units as bigint) as units,
        cast(orders.gross_revenue as decimal(18, 4)) as gross_revenue,
        cast(orders.discount_amount as decimal(18, 4)) as discount_amount,
        cast(orders.refund_amount as decimal(18, 4)) as refund_amount,
        cast(orders.net_revenue as decimal(18, 4)) as net_revenue
    from orders
    left join dayparts
        on {{ hour_is_in_daypart('orders.local_hour') }}

)

select * from final
