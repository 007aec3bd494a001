with

as_of as (

    select * from {{ ref('int_as_of') }}

),

visits as (

    select
        customer_id,
        business_date
    from {{ ref('customer_clv_history') }}
    where day_orders > 0

),

cutoffs as (

    {% for days_ago in var('backtest_days_ago') %}
    select
        {{ days_ago }} as days_ago,
        cast(as_of_date - {{ days_ago }} as date) as cutoff_date
    from as_of
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

known as (

    select
        cutoffs.days_ago,
        cutoffs.cutoff_date,
        visits.customer_id,
        count(*) as visits,
        cutoffs.cutoff_date - max(visits.business_date) as days_since_last_order,
        max(visits.business_date) - min(visits.business_date) as span_days
    from cutoffs
    inner join visits on cutoffs.cutoff_date >= visits.business_date
    group by cutoffs.days_ago, cutoffs.cutoff_date, visits.customer_id

),

returns as (

    select
        cutoffs.days_ago,
        visits.customer_id,
        min(visits.business_date) - cutoffs.cutoff_date as days_to_return
    from cutoffs
    inner join visits on cutoffs.cutoff_date < visits.business_date
    group by cutoffs.days_ago, cutoffs.cutoff_date, visits.customer_id

),

final as (

    select
        known.days_ago,
        known.cutoff_date,
        known.customer_id,
        known.days_since_last_order > {{ var('at_risk_days') }} as is_at_risk,
        case
            when known.visits >= 3
                then
                    known.days_since_last_order * (known.visits - 1)
                    > {{ var('overdue_multiple') }} * known.span_days
        end as is_overdue,
        returns.days_to_return
    from known
    left join returns
        on
            known.days_ago = returns.days_ago
            and known.customer_id = returns.customer_id

)

select * from final
