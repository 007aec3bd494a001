with

cohorts as (

    select
        {{ period_start('month', 'first_order_date') }} as cohort_month,
        count(*) as customers
    from {{ ref('dim_customers') }}
    group by {{ period_start('month', 'first_order_date') }}

),

months as (

    select
        month_start_date,
        max(date_day) as last_day
    from {{ ref('dim_dates') }}
    group by month_start_date

),

activity as (

    select * from {{ ref('int_cohort_months_summed') }}

),

measured as (

    select
        cohorts.cohort_month,
        cohorts.customers,
        months.month_start_date,
        months.last_day,
        coalesce(activity.active_customers, 0) as active_customers,
        coalesce(activity.orders, 0) as orders,
        coalesce(activity.net_revenue, 0) as net_revenue,
        sum(coalesce(activity.net_revenue, 0)) over (
            partition by cohorts.cohort_month
            order by months.month_start_date
            rows between unbounded preceding and current row
        ) as cumulative_net
    from cohorts
    inner join months on cohorts.cohort_month <= months.month_start_date
    left join activity
        on
            cohorts.cohort_month = activity.cohort_month
            and months.month_start_date = activity.period_start

),

final as (

    select
        cast(cohort_month as date) as cohort_month,
        cast(
            12 * (extract(year from month_start_date) - extract(year from cohort_month))
            + extract(month from month_start_date) - extract(month from cohort_month) as integer
        ) as months_since,
        cast(customers as bigint) as customers,
        cast(active_customers as bigint) as active_customers,
        {{ ratio('active_customers', 'customers') }} as retention_rate,
        cast(orders as bigint) as orders,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(cumulative_net as decimal(38, 4)) as cumulative_net,
        {{ ratio('cumulative_net', 'customers') }} as cumulative_net_per_customer,
        last_day = cast({{ add_months(1, 'month_start_date') }} - 1 as date) as is_complete_month
    from measured

)

select * from final
