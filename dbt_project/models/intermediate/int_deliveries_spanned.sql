with

deliveries as (

    select
        *,
        left(path, length(path) - length(file_name)) as folder
    from {{ ref('stg_operations__deliveries') }}
    where coalesce(entity, 'order_items') = 'order_items' and status <> 'not_needed'

),

restaurants as (

    select * from {{ ref('stg_operations__delivered_restaurants') }}

),

zones as (

    select * from {{ ref('dim_restaurants') }}

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

dated as (

    select
        landing_id,
        business_date,
        lag(business_date) over (partition by landing_id order by business_date) as previous_date
    from {{ ref('stg_operations__delivered_dates') }}
    where entity = 'order_items'

),

-- up to two days without a row in a row are days of rest; after more of them, another span begins
numbered as (

    select
        landing_id,
        business_date,
        sum(case when business_date - 3 <= previous_date then 0 else 1 end) over (
            partition by landing_id order by business_date
            rows between unbounded preceding and current row
        ) as span
    from dated

),

with_rows as (

    select
        numbered.landing_id,
        restaurants.restaurant_id,
        min(numbered.business_date) as first_business_date,
        max(numbered.business_date) as last_business_date
    from numbered
    inner join restaurants on numbered.landing_id = restaurants.landing_id
    group by numbered.landing_id, restaurants.restaurant_id, numbered.span

),

-- a file without rows speaks for the day before it came, of the restaurant whose folder it lies in
without_rows as (

    select
        deliveries.landing_id,
        folders.restaurant_id,
        cast({{ dbt.dateadd(
            'hour', -var('business_day_start_hour'), to_local('deliveries.modified_at', 'zones.timezone')
        ) }} as date) - 1 as business_date
    from deliveries
    inner join folders on deliveries.folder = folders.folder
    inner join zones on folders.restaurant_id = zones.restaurant_id
    where
        (deliveries.status = 'quarantined' or deliveries.loaded = 0)
        and coalesce(deliveries.state, '') <> 'superseded'

),

spans as (

    select * from with_rows
    union all
    select
        landing_id,
        restaurant_id,
        business_date as first_business_date,
        business_date as last_business_date
    from without_rows

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
