{%- set period = var('period_length_days') * var('period_count') -%}

with

as_of as (

    select * from {{ ref('int_as_of') }}

),

customers as (

    select * from {{ ref('int_customers_summed') }}

),

spending as (

    select
        days.customer_id,
        sum(
            case when as_of.as_of_date - days.business_date < {{ period }} then days.day_net else 0 end
        ) as spend_recent,
        sum(
            case
                when
                    as_of.as_of_date - days.business_date >= {{ period }}
                    and as_of.as_of_date - days.business_date < {{ 2 * period }}
                    then days.day_net
                else 0
            end
        ) as spend_prior,
        sum(
            case
                when days.business_date > {{ add_months(-var('rfm_window_months'), 'as_of.as_of_date') }}
                    then days.day_net
                else 0
            end
        ) as spend_window
    from {{ ref('int_customer_days') }} as days
    inner join as_of
        on days.business_date > least(
            cast(as_of.as_of_date - {{ 2 * period }} as date),
            {{ add_months(-var('rfm_window_months'), 'as_of.as_of_date') }}
        )
    group by days.customer_id

),

measured as (

    select
        customers.*,
        as_of.as_of_date,
        as_of.as_of_date - customers.last_order_date as days_since_last_order,
        customers.last_order_date - customers.first_order_date as span_days,
        coalesce(spending.spend_recent, 0) as spend_recent,
        coalesce(spending.spend_prior, 0) as spend_prior,
        coalesce(spending.spend_window, 0) as spend_window
    from customers
    cross join as_of
    left join spending on customers.customer_id = spending.customer_id

),

cadences as (

    select
        *,
        {{ ratio('span_days', 'orders - 1') }} as avg_days_between_orders,
        {{ ratio('span_days', 'visits - 1') }} as avg_days_between_visits,
        days_since_last_order > {{ var('at_risk_days') }} as is_at_risk
    from measured

),

final as (

    select
        cast(customer_id as varchar(256)) as customer_id,
        cast(orders as bigint) as orders,
        cast(visits as bigint) as visits,
        cast(first_order_date as date) as first_order_date,
        cast(last_order_date as date) as last_order_date,
        cast(days_since_last_order as integer) as days_since_last_order,
        cast(avg_days_between_orders as decimal(18, 4)) as avg_days_between_orders,
        cast(avg_days_between_visits as decimal(18, 4)) as avg_days_between_visits,
        cast(spend_recent as decimal(38, 4)) as spend_recent,
        cast(spend_prior as decimal(38, 4)) as spend_prior,
        {{ change_pct('spend_recent', 'spend_prior') }} as spend_change_pct,
        cast(as_of_date - first_order_date >= {{ 2 * period - 1 }} as boolean) as has_full_comparison,
        cast(is_at_risk as boolean) as is_at_risk,
        cast(
            case
                when visits >= 3
                    then days_since_last_order * (visits - 1) > {{ var('overdue_multiple') }} * span_days
            end as boolean
        ) as is_overdue,
        case
            when visits >= 3
                then cast(last_order_date + cast(round(avg_days_between_visits, 0) as integer) as date)
        end as expected_next_order_date,
        cast(case when is_at_risk then spend_window else 0 end as decimal(38, 4)) as revenue_at_risk
    from cadences

)

select * from final
