with

source as (

    select * from {{ source('pos', 'order_items') }}

),

final as (

    select
        -- ids
        order_id,
        lineitem_id,
        order_restaurant_id as restaurant_id,
        nullif(trim(user_id), '') as customer_id,
        card_hash,
        app_name,
        currency,

        -- item
        coalesce(nullif(trim(item_category), ''), 'Uncategorized') as item_category,
        item_name,
        item_price,
        item_quantity,
        is_loyalty,

        -- times
        created_at,
        ordered_at,
        ordered_at_local,
        business_date,

        -- lineage
        _landing_id,
        _source_row,
        _delivered_at
    from source

)

select * from final
