{%- set weeks_of_quarter = {'4-4-5': [4, 8], '4-5-4': [4, 9], '5-4-4': [5, 9]} -%}

with

as_of as (

    select * from {{ ref('int_as_of') }}

),

digits as (

    {% for digit in range(10) %}
    select {{ digit }} as digit{{ " union all" if not loop.last }}
    {% endfor %}

),

bounds as (

    select
        min(orders.business_date) as first_date,
        max(as_of.as_of_date) as last_date
    from {{ ref('fct_orders') }} as orders
    cross join as_of

),

dates as (

    select
        cast(
            bounds.first_date + cast(
                ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit as integer
            ) as date
        ) as date_day,
        bounds.last_date
    from bounds
    cross join digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands

),

years as (

    select
        date_day,
        cast(extract(year from date_day) as integer) as calendar_year
    from dates
    where date_day <= last_date

),

fiscal_starts as (

    select
        date_day,
        calendar_year,
        {% for shift in [-1, 0, 1] %}
        {{ period_start('week', "cast(cast(calendar_year + " ~ shift ~ " as varchar(4)) || '-" ~ '%02d' % var('fiscal_year_start_month') ~ "-01' as date)") }}
            as start_{{ loop.index }}{{ "," if not loop.last }}
        {% endfor %}
    from years

),

fiscal_years as (

    select
        date_day,
        case
            when date_day >= start_3 then calendar_year + 1
            when date_day >= start_2 then calendar_year
            else calendar_year - 1
        end as fiscal_year,
        case
            when date_day >= start_3 then start_3
            when date_day >= start_2 then start_2
            else start_1
        end as fiscal_year_start
    from fiscal_starts

),

fiscal_weeks as (

    select
        date_day,
        fiscal_year,
        cast(floor((date_day - fiscal_year_start) / 7) as integer) + 1 as fiscal_week
    from fiscal_years

),

fiscal_quarters as (

    select
        date_day,
        fiscal_year,
        fiscal_week,
        cast(least(floor((fiscal_week - 1) / 13), 3) as integer) as quarter_index
    from fiscal_weeks

),

final as (

    select
        cast(date_day as date) as date_day,
        {{ period_start('week', 'date_day') }} as week_start_date,
        {{ period_start('month', 'date_day') }} as month_start_date,
        cast(extract(year from date_day) as integer) as calendar_year,
        cast(extract(month from date_day) as integer) as calendar_month,
        cast(extract(dow from date_day) as integer) as day_of_week,
        extract(dow from date_day) in (0, 6) as is_weekend,
        cast(fiscal_year as integer) as fiscal_year,
        {% if var('fiscal_calendar') == '13' %}
        cast(least(floor((fiscal_week - 1) / 4), 12) + 1 as integer) as fiscal_period,
        {% else %}
        cast(
            3 * quarter_index + case
                when fiscal_week - 13 * quarter_index <= {{ weeks_of_quarter[var('fiscal_calendar')][0] }} then 1
                when fiscal_week - 13 * quarter_index <= {{ weeks_of_quarter[var('fiscal_calendar')][1] }} then 2
                else 3
            end as integer
        ) as fiscal_period,
        {% endif %}
        cast(fiscal_week as integer) as fiscal_week
    from fiscal_quarters

)

select * from final
