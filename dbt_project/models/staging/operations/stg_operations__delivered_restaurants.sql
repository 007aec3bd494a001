with

source as (

    select * from {{ source('operations', 'delivered_restaurants') }}

),

final as (

    select
        landing_id,
        restaurant_id
    from source

)

select * from final
