with

options as (

    select * from {{ ref('stg_pos__order_item_options') }}

),

priced as (

    select
        order_id,
        lineitem_id,
        cast(option_price * option_quantity as decimal(38, 4)) as option_amount
    from options

),

final as (

    select
        order_id,
        lineitem_id,
        cast(sum(case when option_amount > 0 then option_amount else 0 end) as decimal(38, 4))
            as positive_option_amount,
        cast(sum(case when option_amount < 0 then -option_amount else 0 end) as decimal(38, 4))
            as negative_option_amount
    from priced
    group by order_id, lineitem_id

)

select * from final
