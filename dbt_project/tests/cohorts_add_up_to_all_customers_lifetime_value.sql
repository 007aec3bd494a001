-- A row here: the last cumulative values of the cohorts are not the sum of all customers' lifetime value.
with

last_months as (

    select
        cohort_month,
        max(months_since) as months_since
    from {{ ref('cohort_retention') }}
    group by cohort_month

),

cohorts as (

    select coalesce(sum(retention.cumulative_net), 0) as cumulative_net
    from {{ ref('cohort_retention') }} as retention
    inner join last_months
        on
            retention.cohort_month = last_months.cohort_month
            and retention.months_since = last_months.months_since

),

customers as (

    select coalesce(sum(historical_clv), 0) as historical_clv
    from {{ ref('customer_clv') }}

)

select
    cohorts.cumulative_net,
    customers.historical_clv
from cohorts
cross join customers
where cohorts.cumulative_net <> customers.historical_clv
