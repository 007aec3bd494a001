{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_periods("int_customer_periods_to_build") }}',
) }}

with

periods as (

    select * from {{ ref('int_customer_periods_to_build') }}

),

orders as (

    select
        orders.*,
        customers.first_order_date
    from {{ ref('fct_orders') }} as orders
    left join {{ ref('dim_customers') }} as customers on orders.customer_id = customers.customer_id
    where orders.business_date in (select periods.business_date from periods)

),

placed as (

    select
        periods.period_grain,
        periods.period_start,
        orders.customer_id,
        orders.first_order_date,
        orders.is_sale_order,
        orders.net_revenue
    from periods
    inner join orders on periods.business_date = orders.business_date

),

grouped as (

    select
        *,
        case
            when first_order_date is null then 'other'
            when first_order_date >= period_start then 'new'
            else 'repeat'
        end as customer_group
    from placed

),

summed as (

    select
        period_grain,
        period_start,
        count(distinct case when is_sale_order and customer_group = 'new' then customer_id end)
            as new_customers,
        count(distinct case when is_sale_order and customer_group = 'repeat' then customer_id end)
            as repeat_customers,
        sum(case when is_sale_order and customer_group = 'new' then 1 else 0 end) as new_orders,
        sum(case when is_sale_order and customer_group = 'repeat' then 1 else 0 end) as repeat_orders,
        sum(case when is_sale_order and customer_group = 'other' then 1 else 0 end) as other_orders,
        sum(case when customer_group = 'new' then net_revenue else 0 end) as new_net_revenue,
        sum(case when customer_group = 'repeat' then net_revenue else 0 end) as repeat_net_revenue,
        sum(case when customer_group = 'other' then net_revenue else 0 end) as other_net_revenue
    from grouped
    group by period_grain, period_start

),

final as (

    select
        cast(period_grain as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        cast(new_customers as bigint) as new_customers,
        cast(repeat_customers as bigint) as repeat_customers,
        {{ ratio('repeat_customers', 'new_customers + repeat_customers') }} as repeat_customer_share,
        cast(new_orders as bigint) as new_orders,
        cast(repeat_orders as bigint) as repeat_orders,
        cast(other_orders as bigint) as other_orders,
        cast(new_net_revenue as decimal(38, 4)) as new_net_revenue,
        cast(repeat_net_revenue as decimal(38, 4)) as repeat_net_revenue,
        cast(other_net_revenue as decimal(38, 4)) as other_net_revenue
    from summed

)

select * from final
