with

deliveries as (

    select
        *,
        count(*) over (partition by file_id) as revisions
    from {{ ref('stg_operations__deliveries') }}

),

dates as (

    select
        landing_id,
        business_date
    from {{ ref('stg_operations__delivered_dates') }}
    where entity = 'order_items'

),

-- a revision speaks for every date of a span, also for those without a row
covered as (

    select
        spans.landing_id,
        spans.restaurant_id,
        spans.last_business_date,
        spans.timezone,
        calendar.date_day as business_date,
        deliveries.file_id,
        deliveries.revisions,
        deliveries.status,
        deliveries.state,
        deliveries.modified_at,
        deliveries.loaded,
        deliveries.rejected
    from {{ ref('int_deliveries_spanned') }} as spans
    inner join deliveries on spans.landing_id = deliveries.landing_id
    inner join {{ ref('dim_dates') }} as calendar
        on
            spans.first_business_date <= calendar.date_day
            and spans.last_business_date >= calendar.date_day

),

-- a date came with the first revision that has it and can be read, and was due by the end of its span there
arrived as (

    select
        *,
        first_value(modified_at) over (
            partition by file_id, restaurant_id, business_date
            order by case when status = 'loaded' then 0 else 1 end, modified_at, last_business_date
            rows between unbounded preceding and current row
        ) as first_delivered_at,
        first_value(last_business_date) over (
            partition by file_id, restaurant_id, business_date
            order by case when status = 'loaded' then 0 else 1 end, modified_at, last_business_date
            rows between unbounded preceding and current row
        ) as last_date_due,
        max(case when state = 'held' then 1 else 0 end) over (
            partition by restaurant_id, business_date
        ) as has_copy
    from covered

),

final as (

    select
        arrived.landing_id,
        arrived.restaurant_id,
        cast(arrived.business_date as date) as business_date,
        case
            when arrived.status = 'quarantined' then 'held'
            when dates.landing_id is not null then 'rows'
            else 'nothing'
        end as holds,
        arrived.file_id,
        arrived.revisions,
        arrived.first_delivered_at,
        arrived.modified_at as delivered_at,
        arrived.has_copy,
        arrived.loaded,
        arrived.rejected,
        cast({{ delivery_due_at('arrived.last_date_due', 'arrived.timezone') }} as timestamp) as due_at
    from arrived
    left join dates
        on
            arrived.landing_id = dates.landing_id
            and arrived.business_date = dates.business_date
    where arrived.state in ('live', 'quarantined')

)

select * from final
