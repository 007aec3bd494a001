with

dates as (

    select business_date from {{ ref('int_dates_to_build') }}

),

-- whose first order may be another one: all periods of the user may count the user otherwise
users as (

    select customer_id from {{ ref('int_users_touched') }}
    where not is_customer or first_order_date >= first_touched_date

),

touched as (

    select business_date from {{ ref('int_dates_to_build') }}
    where is_touched
    union all
    select days.business_date
    from {{ ref('int_customer_days') }} as days
    inner join users on days.customer_id = users.customer_id

),

{% for grain in ['day', 'week', 'month'] %}
{{ grain }}s as (

    select distinct {{ period_start(grain, 'business_date') }} as period_start
    from touched

),
{% endfor %}

final as (

    {% for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        periods.period_start,
        dates.business_date
    from dates
    inner join {{ grain }}s as periods on {{ period_start(grain, 'dates.business_date') }} = periods.period_start
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from final
