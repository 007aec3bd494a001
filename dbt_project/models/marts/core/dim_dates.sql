{%- set weeks_of_quarter = {'4-4-5': [4, 8], '4-5-4': [4, 9], '5-4-4': [5, 9]} -%}

with

dates as (

    select * from {{ ref('int_dates_spanned') }}

),

holidays as (

    select * from {{ ref('holidays') }}

),

-- the fiscal year starts with the week that holds the first day of its month
fiscal_starts as (

    select
        date_day,
        calendar_year,
        {{ fiscal_year_start('calendar_year - 1') }} as last_start,
        {{ fiscal_year_start('calendar_year') }} as this_start,
        {{ fiscal_year_start('calendar_year + 1') }} as next_start
    from dates

),

fiscal_years as (

    select
        date_day,
        calendar_year,
        case
            when date_day >= next_start then calendar_year + 1
            when date_day >= this_start then calendar_year
            else calendar_year - 1
        end as fiscal_year,
        case
            when date_day >= next_start then date_day - next_start
            when date_day >= this_start then date_day - this_start
            else date_day - last_start
        end as fiscal_days
    from fiscal_starts

),

fiscal_weeks as (

    select
        date_day,
        calendar_year,
        fiscal_year,
        cast(floor(fiscal_days / 7) as integer) + 1 as fiscal_week,
        cast(least(floor(fiscal_days / 91), 3) as integer) as quarter_index
    from fiscal_years

),

fiscal_periods as (

    select
        *,
        {% if var('fiscal_calendar') | string == '13' %}
        cast(least(floor((fiscal_week - 1) / 4), 12) as integer) + 1 as fiscal_period
        {% else %}
        {% set first_end, second_end = weeks_of_quarter[var('fiscal_calendar')] %}
        3 * quarter_index + case
            when fiscal_week - 13 * quarter_index <= {{ first_end }} then 1
            when fiscal_week - 13 * quarter_index <= {{ second_end }} then 2
            else 3
        end as fiscal_period
        {% endif %}
    from fiscal_weeks

),

final as (

    select
        cast(fiscal_periods.date_day as date) as date_day,
        {{ period_start('week', 'fiscal_periods.date_day') }} as week_start_date,
        {{ period_start('month', 'fiscal_periods.date_day') }} as month_start_date,
        cast(fiscal_periods.calendar_year as integer) as calendar_year,
        cast(extract(month from fiscal_periods.date_day) as integer) as calendar_month,
        cast(extract(dow from fiscal_periods.date_day) as integer) as day_of_week,
        cast(extract(dow from fiscal_periods.date_day) in (0, 6) as boolean) as is_weekend,
        cast(holidays.holiday_name is not null as boolean) as is_holiday,
        cast(holidays.holiday_name as varchar(64)) as holiday_name,
        cast(fiscal_periods.fiscal_year as integer) as fiscal_year,
        cast(fiscal_periods.fiscal_period as integer) as fiscal_period,
        cast(fiscal_periods.fiscal_week as integer) as fiscal_week
    from fiscal_periods
    left join holidays on fiscal_periods.date_day = holidays.holiday_date

)

select * from final
