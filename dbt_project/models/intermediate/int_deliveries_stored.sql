with

stored as (

    select
        'order_items' as entity,
        _landing_id as landing_id,
        item_price as price
    from {{ ref('stg_pos__order_items') }}
    union all
    select
        'order_item_options' as entity,
        _landing_id as landing_id,
        option_price as price
    from {{ ref('stg_pos__order_item_options') }}
    union all
    select
        'order_item_options' as entity,
        _landing_id as landing_id,
        option_price as price
    from {{ ref('stg_operations__pending_order_item_options') }}

),

final as (

    select
        entity,
        landing_id,
        count(*) as warehouse_rows,
        cast(sum(price) as decimal(38, 4)) as warehouse_money
    from stored
    group by entity, landing_id

)

select * from final
