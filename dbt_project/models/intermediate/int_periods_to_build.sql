with

dates as (

    select * from {{ ref('int_dates_to_build') }}

),

periods as (

    {% for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'business_date') }} as period_start,
        business_date,
        is_touched
    from dates
    {{ "union all" if not loop.last }}
    {% endfor %}

),

touched as (

    select
        period_grain,
        period_start
    from periods
    group by period_grain, period_start
    having max(case when is_touched then 1 else 0 end) = 1

),

final as (

    select
        periods.period_grain,
        periods.period_start,
        periods.business_date
    from periods
    inner join touched
        on
            periods.period_grain = touched.period_grain
            and periods.period_start = touched.period_start

)

select * from final
