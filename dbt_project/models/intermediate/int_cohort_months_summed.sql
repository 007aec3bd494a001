{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_periods("int_customer_periods_to_build") }}',
) }}

with

periods as (

    select * from {{ ref('int_customer_periods_to_build') }}
    where period_grain = 'month'

),

customers as (

    select
        customer_id,
        {{ period_start('month', 'first_order_date') }} as cohort_month
    from {{ ref('dim_customers') }}

),

days as (

    select days.*
    from {{ ref('int_customer_days') }} as days
    where days.day_orders = 0 or days.business_date in (select periods.business_date from periods)

),

-- a refund that came before the first order belongs to the cohort's first month
placed as (

    select
        customers.cohort_month,
        greatest(customers.cohort_month, {{ period_start('month', 'days.business_date') }}) as period_start,
        days.customer_id,
        days.day_orders,
        days.day_net
    from days
    inner join customers on days.customer_id = customers.customer_id

),

final as (

    select
        cast('month' as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        cast(cohort_month as date) as cohort_month,
        cast(count(distinct case when day_orders > 0 then customer_id end) as bigint) as active_customers,
        cast(sum(day_orders) as bigint) as orders,
        cast(sum(day_net) as decimal(38, 4)) as net_revenue
    from placed
    where period_start in (select periods.period_start from periods)
    group by cohort_month, period_start

)

select * from final
