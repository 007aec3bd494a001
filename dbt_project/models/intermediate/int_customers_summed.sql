{{ config(materialized='view') }}

with

users as (

    select * from {{ ref('int_users_summed') }}
    where is_customer

),

final as (

    select
        customer_id,
        first_order_date,
        last_order_date,
        first_loyalty_date,
        first_discount_date,
        orders,
        visits,
        net_revenue,
        is_likely_non_individual
    from users

)

select * from final
