with

source as (

    select * from {{ source('pos', 'restaurants') }}

),

final as (

    select
        restaurant_id,
        restaurant_name,
        timezone,
        opened_on,
        city,
        region,
        _landing_id,
        _source_row,
        _delivered_at
    from source

)

select * from final
