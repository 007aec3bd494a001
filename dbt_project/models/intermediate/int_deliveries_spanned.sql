with

deliveries as (

    select
        *,
        left(path, length(path) - length(file_name)) as folder
    from {{ ref('stg_operations__deliveries') }}
    where coalesce(entity, 'order_items') = 'order_items'

),

restaurants as (

    select * from {{ ref('stg_operations__delivered_restaurants') }}

),

zones as (

    select
        restaurant_id,
        timezone
    from {{ ref('dim_restaurants') }}

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

with_rows as (

    select
        dates.landing_id,
        restaurants.restaurant_id,
        min(dates.business_date) as first_business_date,
        max(dates.business_date) as last_business_date
    from {{ ref('stg_operations__delivered_dates') }} as dates
    inner join restaurants on dates.landing_id = restaurants.landing_id
    where dates.entity = 'order_items'
    group by dates.landing_id, restaurants.restaurant_id

),

-- a file without rows speaks for the day before it came, of the restaurant whose folder it lies in
without_rows as (

    select
        deliveries.landing_id,
        folders.restaurant_id,
        {{ to_local('deliveries.modified_at', 'zones.timezone') }} as came_at_local
    from deliveries
    inner join folders on deliveries.folder = folders.folder
    inner join zones on folders.restaurant_id = zones.restaurant_id
    where deliveries.status = 'quarantined' or deliveries.loaded = 0

),

days_of_arrival as (

    select
        landing_id,
        restaurant_id,
        cast({{ dbt.dateadd('hour', -var('business_day_start_hour'), 'came_at_local') }} as date) as business_date
    from without_rows

),

spans as (

    select * from with_rows
    union all
    select
        landing_id,
        restaurant_id,
        business_date - 1 as first_business_date,
        business_date - 1 as last_business_date
    from days_of_arrival

),

final as (

    select
        spans.landing_id,
        spans.restaurant_id,
        cast(spans.first_business_date as date) as first_business_date,
        cast(spans.last_business_date as date) as last_business_date,
        zones.timezone
    from spans
    inner join zones on spans.restaurant_id = zones.restaurant_id

)

select * from final
