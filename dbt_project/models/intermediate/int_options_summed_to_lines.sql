with

options as (

    select chosen.*
    from {{ ref('stg_pos__order_item_options') }} as chosen
    inner join {{ ref('int_dates_to_build') }} as dates
        on
            chosen.business_date = dates.business_date
            and dates.is_touched

),

priced as (

    select
        order_id,
        lineitem_id,
        cast(option_price * option_quantity as decimal(18, 4)) as option_amount
    from options

),

final as (

    select
        order_id,
        lineitem_id,
        cast(sum(case when option_amount > 0 then option_amount else 0 end) as decimal(18, 4))
            as positive_option_amount,
        cast(sum(case when option_amount < 0 then -option_amount else 0 end) as decimal(18, 4))
            as negative_option_amount
    from priced
    group by order_id, lineitem_id

)

select * from final
