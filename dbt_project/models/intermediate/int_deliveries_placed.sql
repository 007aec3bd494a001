with

deliveries as (

    select
        *,
        min(case when status = 'loaded' then modified_at end) over (partition by file_id) as first_loaded_at,
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

-- a file speaks for every date of a span, also for those without a row
placed as (

    select
        spans.*,
        calendar.date_day as business_date,
        dates.landing_id is not null as has_rows
    from {{ ref('int_deliveries_spanned') }} as spans
    inner join {{ ref('dim_dates') }} as calendar
        on
            spans.first_business_date <= calendar.date_day
            and spans.last_business_date >= calendar.date_day
    left join dates
        on
            spans.landing_id = dates.landing_id
            and calendar.date_day = dates.business_date

),

final as (

    select
        placed.landing_id,
        placed.restaurant_id,
        cast(placed.business_date as date) as business_date,
        case
            when deliveries.status = 'quarantined' then 'held'
            when placed.has_rows then 'rows'
            else 'nothing'
        end as holds,
        deliveries.file_id,
        deliveries.revisions,
        coalesce(deliveries.first_loaded_at, deliveries.modified_at) as first_delivered_at,
        deliveries.modified_at as delivered_at,
        deliveries.loaded,
        deliveries.rejected,
        cast({{ delivery_due_at('placed.last_business_date', 'placed.timezone') }} as timestamp) as due_at
    from placed
    inner join deliveries on placed.landing_id = deliveries.landing_id

)

select * from final
