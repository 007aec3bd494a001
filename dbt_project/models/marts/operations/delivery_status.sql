with

as_of as (

    select * from {{ ref('int_as_of') }}

),

placed as (

    select * from {{ ref('int_deliveries_placed') }}

),

opened as (

    select
        restaurant_id,
        min(business_date) as first_business_date
    from placed
    group by restaurant_id

),

begun as (

    select min(first_business_date) as first_business_date
    from opened

),

-- one that never delivered is waited for since it opened, as far as anybody has delivered
silent as (

    select
        restaurants.restaurant_id,
        greatest(restaurants.opened_on, begun.first_business_date) as first_business_date
    from {{ ref('dim_restaurants') }} as restaurants
    cross join begun
    left join opened on restaurants.restaurant_id = opened.restaurant_id
    where
        opened.restaurant_id is null
        and restaurants.opened_on is not null
        and begun.first_business_date is not null

),

known as (

    select * from opened
    union all
    select * from silent

),

expected as (

    select
        known.restaurant_id,
        dates.date_day as business_date
    from known
    inner join {{ ref('dim_dates') }} as dates on known.first_business_date <= dates.date_day
    cross join as_of
    where dates.date_day <= as_of.as_of_date

),

delivered as (

    select
        restaurant_id,
        business_date,
        count(distinct file_id) as files,
        max(revisions) as revisions,
        max(has_copy) as has_copy,
        min(case when holds <> 'held' then first_delivered_at end) as first_delivered_at,
        max(delivered_at) as last_delivered_at,
        max(case when holds = 'rows' then 1 else 0 end) as has_rows,
        max(case when holds = 'nothing' then 1 else 0 end) as has_nothing,
        max(case when holds <> 'held' and first_delivered_at <= due_at then 1 else 0 end) as has_file_in_time,
        sum(loaded) as loaded,
        sum(rejected) as rejected
    from placed
    group by restaurant_id, business_date

),

final as (

    select
        cast(expected.restaurant_id as varchar(256)) as restaurant_id,
        cast(expected.business_date as date) as business_date,
        cast(
            case
                when delivered.files is null then 'missing'
                when delivered.has_rows = 0 and delivered.has_nothing = 0 then 'held'
                when delivered.has_file_in_time = 0 then 'late'
                when delivered.has_rows = 0 then 'nothing_sold'
                else 'on_time'
            end as varchar(16)
        ) as delivery_status,
        cast(coalesce(delivered.files, 0) as bigint) as files,
        coalesce(delivered.has_copy = 1, false) as is_resent,
        coalesce(delivered.revisions > 1, false) as is_changed,
        cast(delivered.first_delivered_at as timestamp) as first_delivered_at,
        cast(delivered.last_delivered_at as timestamp) as last_delivered_at,
        {{ ratio('delivered.loaded', 'delivered.loaded + delivered.rejected') }} as completeness_rate
    from expected
    left join delivered
        on
            expected.restaurant_id = delivered.restaurant_id
            and expected.business_date = delivered.business_date

)

select * from final
