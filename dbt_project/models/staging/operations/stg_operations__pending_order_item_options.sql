with

source as (

    select * from {{ source('operations', 'pending_order_item_options') }}

),

final as (

    select
        order_id,
        lineitem_id,
        option_price,
        option_quantity,
        _landing_id
    from source

)

select * from final
