{%- set built = last_build('sales_by_location') -%}

with

touched as (

    select distinct
        period_grain,
        period_start
    from {{ ref('int_periods_to_build') }}

),

-- the periods that are compared with a touched one
followers as (

    {% for days, days_of_weeks, months in [(1, 7, 1), (364, 364, 12)] %}
    select
        period_grain,
        case
            when period_grain = 'day' then cast(period_start + {{ days }} as date)
            when period_grain = 'week' then cast(period_start + {{ days_of_weeks }} as date)
            else {{ add_months(months, 'period_start') }}
        end as period_start
    from touched
    {{ "union all" if not loop.last }}
    {% endfor %}

),

held as (

    {% if built %}
    select
        last_build.period_grain,
        last_build.period_start,
        last_build.restaurant_id,
        last_build.is_complete_period
    from {{ built }} as last_build
    {% else %}
    select
        period_grain,
        period_start,
        restaurant_id,
        true as is_complete_period
    from {{ ref('int_location_periods_summed') }}
    where 1 = 0
    {% endif %}

),

-- another as-of date completes periods without touching them, or makes them incomplete again
completed as (

    select
        held.period_grain,
        held.period_start
    from held
    cross join {{ ref('int_as_of') }} as as_of
    where held.is_complete_period <> ({{ period_end('held.period_grain', 'held.period_start') }} <= as_of.as_of_date)

),

opened as (

    select
        restaurant_id,
        min(period_start) as first_business_date
    from held
    where period_grain = 'day'
    group by restaurant_id

),

-- a period is compared with 0 or with null, depending on the restaurant's first day
reopened as (

    select opened.restaurant_id
    from opened
    inner join {{ ref('int_location_periods_summed') }} as days on opened.restaurant_id = days.restaurant_id
    where days.period_grain = 'day'
    group by opened.restaurant_id, opened.first_business_date
    having min(days.period_start) <> opened.first_business_date

),

of_reopened as (

    select
        summed.period_grain,
        summed.period_start
    from {{ ref('int_location_periods_summed') }} as summed
    inner join reopened on summed.restaurant_id = reopened.restaurant_id

),

unioned as (

    select * from touched
    union all
    select * from followers
    union all
    select * from completed
    union all
    select * from of_reopened

),

final as (

    select distinct
        period_grain,
        period_start
    from unioned

)

select * from final
