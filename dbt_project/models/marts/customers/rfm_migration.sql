with

as_of as (

    select * from {{ ref('int_as_of') }}

),

history as (

    select
        customer_id,
        rfm_segment,
        cast(dbt_valid_from as date) as valid_from,
        cast(dbt_valid_to as date) as valid_to
    from {{ ref('customer_rfm_segments') }}
    where rfm_segment is not null

),

month_ends as (

    select
        dates.month_start_date,
        max(dates.date_day) as month_end
    from {{ ref('dim_dates') }} as dates
    group by dates.month_start_date

),

complete_months as (

    select month_ends.*
    from month_ends
    cross join as_of
    where cast({{ add_months(1, 'month_ends.month_start_date') }} - 1 as date) <= as_of.as_of_date

),

segments as (

    select
        complete_months.month_start_date,
        history.customer_id,
        history.rfm_segment
    from complete_months
    inner join history
        on
            complete_months.month_end >= history.valid_from
            and complete_months.month_end < coalesce(history.valid_to, cast('9999-12-31' as date))

),

final as (

    select
        cast(earlier.rfm_segment as varchar(64)) as from_segment,
        cast(later.rfm_segment as varchar(64)) as to_segment,
        cast(later.month_start_date as date) as month,
        cast(count(*) as bigint) as customers
    from segments as later
    inner join segments as earlier
        on
            later.customer_id = earlier.customer_id
            and {{ add_months(-1, 'later.month_start_date') }} = earlier.month_start_date
    group by earlier.rfm_segment, later.rfm_segment, later.month_start_date

)

select * from final
