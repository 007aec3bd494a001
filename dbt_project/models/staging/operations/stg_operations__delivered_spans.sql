with

source as (

    select * from {{ source('operations', 'delivered_spans') }}

),

final as (

    select
        landing_id,
        first_created_at,
        last_created_at
    from source

)

select * from final
