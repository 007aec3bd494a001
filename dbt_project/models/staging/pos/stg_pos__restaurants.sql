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
        region
    from source

)

select * from final
