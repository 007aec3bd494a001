with

source as (

    select * from {{ source('operations', 'delivered_dates') }}

),

final as (

    select
        entity,
        business_date,
        landing_id
    from source

)

select * from final
