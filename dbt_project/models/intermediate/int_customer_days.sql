{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_dates() }}',
) }}

with

orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('int_dates_to_build') }} as dates
        on
            orders.business_date = dates.business_date
            and dates.is_touched
    where orders.customer_id is not null

),

final as (

    select
        cast(customer_id as varchar(256)) as customer_id,
        cast(business_date as date) as business_date,
        cast(sum(case when is_sale_order then 1 else 0 end) as bigint) as day_orders,
        cast(sum(case when is_sale_order and is_loyalty then 1 else 0 end) as bigint) as day_member_orders,
        cast(sum(case when is_discounted then 1 else 0 end) as bigint) as day_discounted_orders,
        cast(sum(case when is_sale_order then line_count else 0 end) as bigint) as day_lines,
        cast(sum(net_revenue) as decimal(18, 4)) as day_net
    from orders
    group by customer_id, business_date

)

-- in order of dates, so that DuckDB reads a year of it for what looks back a year
select * from final
order by business_date
