with

deliveries as (

    select
        *,
        split_part(path, '/', 1) as folder,
        min(modified_at) over (partition by file_id) as first_delivered_at,
        count(*) over (partition by file_id) as revisions
    from {{ ref('stg_operations__deliveries') }}
    where coalesce(entity, 'order_items') = 'order_items'

),

restaurants as (

    select * from {{ ref('stg_operations__delivered_restaurants') }}

),

dates as (

    select
        landing_id,
        business_date
    from {{ ref('stg_operations__delivered_dates') }}
    where entity = 'order_items'

),

spans as (

    select
        landing_id,
        min(business_date) as first_business_date,
        max(business_date) as last_business_date
    from dates
    group by landing_id

),

folders as (

    select
        deliveries.folder,
        min(restaurants.restaurant_id) as restaurant_id
    from deliveries
    inner join restaurants on deliveries.landing_id = restaurants.landing_id
    group by deliveries.folder
    having count(distinct restaurants.restaurant_id) = 1

),

-- a file speaks for every date from its first row to its last, also for those without a row
with_rows as (

    select
        deliveries.*,
        restaurants.restaurant_id,
        calendar.date_day as business_date,
        spans.last_business_date,
        case when dates.landing_id is null then 'nothing' else 'rows' end as holds
    from deliveries
    inner join restaurants on deliveries.landing_id = restaurants.landing_id
    inner join spans on deliveries.landing_id = spans.landing_id
    inner join {{ ref('dim_dates') }} as calendar
        on
            spans.first_business_date <= calendar.date_day
            and spans.last_business_date >= calendar.date_day
    left join dates
        on
            deliveries.landing_id = dates.landing_id
            and calendar.date_day = dates.business_date

),

-- a file without rows speaks for the day before it came, of the restaurant whose folder it lies in
without_rows as (

    select
        deliveries.*,
        folders.restaurant_id,
        cast(cast(deliveries.modified_at as date) - 1 as date) as business_date,
        cast(cast(deliveries.modified_at as date) - 1 as date) as last_business_date,
        case when deliveries.status = 'quarantined' then 'held' else 'nothing' end as holds
    from deliveries
    inner join folders on deliveries.folder = folders.folder
    where
        deliveries.status = 'quarantined'
        or (deliveries.loaded = 0 and deliveries.rejected = 0)

),

placed as (

    select * from with_rows
    union all
    select * from without_rows

),

final as (

    select
        landing_id,
        restaurant_id,
        cast(business_date as date) as business_date,
        holds,
        file_id,
        revisions,
        first_delivered_at,
        modified_at as delivered_at,
        loaded,
        rejected,
        cast({{ dbt.dateadd('hour', var('delivery_deadline_hours'), 'last_business_date') }} as timestamp) as due_at
    from placed

)

select * from final
