with

digits as (

    {% for digit in range(10) %}
    select {{ digit }} as digit{{ " union all" if not loop.last }}
    {% endfor %}

),

bounds as (

    select
        min(periods.period_start) as first_date,
        max(as_of.as_of_date) as last_date
    from {{ ref('int_location_periods_summed') }} as periods
    cross join {{ ref('int_as_of') }} as as_of
    where periods.period_grain = 'day'

),

-- 100,000 days are 273 years; clean takes no time from before 1980
numbers as (

    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as days
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands

),

final as (

    select
        cast(bounds.first_date + cast(numbers.days as integer) as date) as date_day,
        cast(
            extract(year from cast(bounds.first_date + cast(numbers.days as integer) as date)) as integer
        ) as calendar_year
    from bounds
    cross join numbers
    where numbers.days <= bounds.last_date - bounds.first_date

)

select * from final
