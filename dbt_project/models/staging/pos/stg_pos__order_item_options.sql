with

source as (

    select * from {{ source('pos', 'order_item_options') }}

),

final as (

    select
        order_id,
        lineitem_id,
        option_group_name,
        option_name,
        option_price,
        option_quantity,
        business_date,
        _landing_id,
        _source_row,
        _delivered_at
    from source

)

select * from final
