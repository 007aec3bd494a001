{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_customers() }}',
) }}

with

customers as (

    select * from {{ ref('int_customers_summed') }}

),

days as (

    select days.*
    from {{ ref('int_customer_days') }} as days
    {% if is_incremental() %}
    where
        days.customer_id not in (
            -- the first day of each customer who is there, instead of all days
            select held.customer_id
            from {{ this }} as held
            where held.cumulative_orders = held.day_orders
        )
    {% endif %}

),

final as (

    select
        cast(days.customer_id as varchar(256)) as customer_id,
        cast(days.business_date as date) as business_date,
        cast(days.day_orders as bigint) as day_orders,
        cast(days.day_net as decimal(38, 4)) as day_net,
        cast(days.orders as bigint) as cumulative_orders,
        cast(days.net_revenue as decimal(38, 4)) as cumulative_clv
    from days
    inner join customers on days.customer_id = customers.customer_id

)

select * from final
