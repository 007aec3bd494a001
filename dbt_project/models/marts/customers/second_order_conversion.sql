{%- set window = var('second_order_window_days') -%}

with

as_of as (

    select * from {{ ref('int_as_of') }}

),

second_orders as (

    select
        customer_id,
        business_date as second_order_date
    from {{ ref('customer_clv_history') }}
    where cumulative_orders >= 2 and cumulative_orders - day_orders < 2

),

customers as (

    select
        {{ period_start('month', 'customers.first_order_date') }} as cohort_month,
        second_orders.second_order_date - customers.first_order_date as days_to_second_order,
        customers.first_order_date + {{ window }} <= as_of.as_of_date as is_observed
    from {{ ref('dim_customers') }} as customers
    cross join as_of
    left join second_orders on customers.customer_id = second_orders.customer_id

),

cohorts as (

    select
        cohort_month,
        count(*) as customers,
        count(days_to_second_order) as converted_customers,
        sum(days_to_second_order) as days_to_second_order,
        percentile_cont(0.5) within group (order by cast(days_to_second_order as double precision))
            as median_days,
        sum(case when is_observed then 1 else 0 end) as observed_customers,
        sum(case when is_observed and days_to_second_order <= {{ window }} then 1 else 0 end)
            as converted_in_window
    from customers
    group by cohort_month

),

final as (

    select
        cast(cohort_month as date) as cohort_month,
        cast(customers as bigint) as customers,
        cast(converted_customers as bigint) as converted_customers,
        {{ ratio('converted_customers', 'customers') }} as conversion_rate,
        {{ ratio('days_to_second_order', 'converted_customers') }} as avg_days_to_second_order,
        cast(median_days as decimal(18, 4)) as median_days_to_second_order,
        cast(observed_customers as bigint) as observed_customers,
        cast(converted_in_window as bigint) as converted_in_window,
        {{ ratio('converted_in_window', 'observed_customers') }} as window_conversion_rate
    from cohorts

)

select * from final
