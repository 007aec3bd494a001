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

folders as (

    select
        deliveries.folder,
        min(restaurants.restaurant_id) as restaurant_id
    from deliveries
    inner join restaurants on deliveries.landing_id = restaurants.landing_id
    group by deliveries.folder
    having count(distinct restaurants.restaurant_id) = 1

),

-- of a replaced revision or a copy only its times are known; one without rows speaks for the day before it came
moments as (

    select
        spans.landing_id,
        restaurants.restaurant_id,
        spans.first_created_at as first_at,
        spans.last_created_at as last_at,
        0 as days_before
    from {{ ref('stg_operations__delivered_spans') }} as spans
    inner join deliveries on spans.landing_id = deliveries.landing_id
    inner join restaurants on spans.landing_id = restaurants.landing_id
    where deliveries.state in ('superseded', 'held')
    union all
    select
        deliveries.landing_id,
        folders.restaurant_id,
        deliveries.modified_at as first_at,
        deliveries.modified_at as last_at,
        1 as days_before
    from deliveries
    inner join folders on deliveries.folder = folders.folder
    where deliveries.status = 'quarantined' or deliveries.loaded = 0

),

dated as (

    select
        moments.landing_id,
        moments.restaurant_id,
        zones.timezone,
        {{ business_date_of('moments.first_at', 'zones.timezone') }} - moments.days_before as first_date,
        {{ business_date_of('moments.last_at', 'zones.timezone') }} - moments.days_before as last_date
    from moments
    inner join {{ ref('dim_restaurants') }} as zones on moments.restaurant_id = zones.restaurant_id
    union all
    select
        dates.landing_id,
        restaurants.restaurant_id,
        zones.timezone,
        dates.business_date as first_date,
        dates.business_date as last_date
    from {{ ref('stg_operations__delivered_dates') }} as dates
    inner join restaurants on dates.landing_id = restaurants.landing_id
    inner join {{ ref('dim_restaurants') }} as zones on restaurants.restaurant_id = zones.restaurant_id
    where dates.entity = 'order_items'

),

followed as (

    select
        *,
        lag(last_date) over (partition by landing_id, restaurant_id order by first_date, last_date) as previous_date
    from dated

),

-- up to two days without a row in a row are days of rest; after more of them, another span begins
numbered as (

    select
        *,
        sum(case when first_date - 3 <= previous_date then 0 else 1 end) over (
            partition by landing_id, restaurant_id order by first_date, last_date
            rows between unbounded preceding and current row
        ) as span
    from followed

),

final as (

    select
        landing_id,
        restaurant_id,
        cast(min(first_date) as date) as first_business_date,
        cast(max(last_date) as date) as last_business_date,
        timezone
    from numbered
    group by landing_id, restaurant_id, timezone, span

)

select * from final
