{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_users() }}',
) }}

with

users as (

    select * from {{ ref('int_users_touched') }}
    where visits > 0

),

final as (

    select
        cast(customer_id as varchar(256)) as customer_id,
        cast(first_order_date as date) as first_order_date,
        cast(last_order_date as date) as last_order_date,
        cast(first_loyalty_date as date) as first_loyalty_date,
        cast(first_discount_date as date) as first_discount_date,
        cast(orders as bigint) as orders,
        cast(member_orders as bigint) as member_orders,
        cast(visits as bigint) as visits,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(is_likely_non_individual as boolean) as is_likely_non_individual,
        cast(is_customer as boolean) as is_customer
    from users

)

select * from final
