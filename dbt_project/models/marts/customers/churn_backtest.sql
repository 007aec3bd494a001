with

customers as (

    select * from {{ ref('int_customers_flagged_in_past') }}

),

judged as (

    {% for rule in ['at_risk', 'overdue'] %}
    {% set is_last_rule = loop.last %}
    {% for horizon in var('backtest_horizons') %}
    select
        '{{ rule }}' as churn_rule,
        {{ horizon }} as horizon_days,
        days_ago,
        cutoff_date,
        is_{{ rule }} as is_flagged,
        coalesce(days_to_return <= {{ horizon }}, false) as has_returned
    from customers
    where is_{{ rule }} is not null and days_ago >= {{ horizon }}
    {% if not (is_last_rule and loop.last) %}
    union all
    {% endif %}
    {% endfor %}
    {% endfor %}

),

counted as (

    select
        churn_rule,
        days_ago,
        horizon_days,
        cutoff_date,
        count(*) as customers,
        sum(case when is_flagged then 1 else 0 end) as flagged,
        sum(case when not has_returned then 1 else 0 end) as not_returned,
        sum(case when is_flagged and not has_returned then 1 else 0 end) as flagged_not_returned
    from judged
    group by churn_rule, days_ago, horizon_days, cutoff_date

),

final as (

    select
        cast(churn_rule as varchar(16)) as churn_rule,
        cast(days_ago as integer) as days_ago,
        cast(horizon_days as integer) as horizon_days,
        cast(cutoff_date as date) as cutoff_date,
        cast(customers as bigint) as customers,
        cast(flagged as bigint) as flagged,
        cast(not_returned as bigint) as not_returned,
        cast(flagged_not_returned as bigint) as flagged_not_returned,
        {{ ratio('flagged_not_returned', 'flagged') }} as precision_rate,
        {{ ratio('flagged_not_returned', 'not_returned') }} as recall_rate,
        {{ ratio('not_returned', 'customers') }} as base_rate
    from counted

)

select * from final
