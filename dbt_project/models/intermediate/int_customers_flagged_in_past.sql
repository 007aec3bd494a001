with

as_of as (

    select * from {{ ref('int_as_of') }}

),

visits as (

    select
        history.customer_id,
        history.business_date,
        as_of.as_of_date
    from {{ ref('customer_clv_history') }} as history
    cross join as_of
    where history.day_orders > 0

),

customers as (

    select
        customer_id,
        as_of_date,
        {% for days_ago in var('backtest_days_ago') %}
        sum(case when business_date <= as_of_date - {{ days_ago }} then 1 else 0 end) as visits_{{ days_ago }},
        max(case when business_date <= as_of_date - {{ days_ago }} then business_date end)
            as last_date_{{ days_ago }},
        min(case when business_date > as_of_date - {{ days_ago }} then business_date end)
            as return_date_{{ days_ago }},
        {% endfor %}
        min(business_date) as first_date
    from visits
    group by customer_id, as_of_date

),

known as (

    {% for days_ago in var('backtest_days_ago') %}
    select
        {{ days_ago }} as days_ago,
        cast(as_of_date - {{ days_ago }} as date) as cutoff_date,
        customer_id,
        visits_{{ days_ago }} as visits,
        as_of_date - {{ days_ago }} - last_date_{{ days_ago }} as days_since_last_order,
        last_date_{{ days_ago }} - first_date as span_days,
        return_date_{{ days_ago }} - (as_of_date - {{ days_ago }}) as days_to_return
    from customers
    where visits_{{ days_ago }} > 0
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

final as (

    select
        days_ago,
        cutoff_date,
        customer_id,
        days_since_last_order > {{ var('at_risk_days') }} as is_at_risk,
        case
            when visits >= 3
                then days_since_last_order * (visits - 1) > {{ var('overdue_multiple') }} * span_days
        end as is_overdue,
        days_to_return
    from known

)

select * from final
