with

source as (

    select * from {{ source('pos', '_partitions') }}

),

final as (

    select
        entity,
        business_date,
        run_id,
        row_count,
        price_total,
        superseded,
        superseded_price_total,
        loaded_at
    from source

)

select * from final
