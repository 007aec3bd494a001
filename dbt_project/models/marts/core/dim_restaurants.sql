with

delivered as (

    select * from {{ ref('stg_pos__restaurants') }}

),

traded as (

    select
        restaurant_id,
        min(period_start) as first_business_date,
        max(period_start) as last_business_date
    from {{ ref('int_location_periods_summed') }}
    where period_grain = 'day'
    group by restaurant_id

),

final as (

    select
        cast(coalesce(delivered.restaurant_id, traded.restaurant_id) as varchar(256)) as restaurant_id,
        cast(delivered.restaurant_name as varchar(4000)) as restaurant_name,
        cast(coalesce(delivered.timezone, '{{ var("default_timezone") }}') as varchar(64)) as timezone,
        cast(delivered.timezone is null as boolean) as is_default_timezone,
        cast(delivered.opened_on as date) as opened_on,
        cast(delivered.city as varchar(4000)) as city,
        cast(delivered.region as varchar(4000)) as region,
        cast(traded.first_business_date as date) as first_business_date,
        cast(traded.last_business_date as date) as last_business_date
    from delivered
    full outer join traded on delivered.restaurant_id = traded.restaurant_id

)

select * from final
