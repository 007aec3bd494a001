with

order_items as (

    select items.*
    from {{ ref('stg_pos__order_items') }} as items
    inner join {{ ref('int_dates_to_build') }} as dates
        on
            items.business_date = dates.business_date
            and dates.is_touched
            and dates.loaded_at is not null
    {% if var('excluded_apps') %}
    where coalesce(items.app_name, '') not in ({{ quoted_list(var('excluded_apps')) }})
    {% endif %}

),

options as (

    select * from {{ ref('int_options_summed_to_lines') }}

),

amounts as (

    select
        order_items.*,
        cast(
            order_items.item_price
            {% if var('item_price_basis') == 'unit' %} * order_items.item_quantity {% endif %}
            as decimal(18, 4)
        ) as item_amount,
        {% if var('options_per_unit') %} order_items.item_quantity {% else %} 1 {% endif %} as option_factor,
        coalesce(options.positive_option_amount, 0) as options_above_zero,
        coalesce(options.negative_option_amount, 0) as options_below_zero
    from order_items
    left join options
        on
            order_items.order_id = options.order_id
            and order_items.lineitem_id = options.lineitem_id

),

-- a negative factor turns what was above zero into what is below
signed_amounts as (

    select
        *,
        cast(
            greatest(option_factor * options_above_zero, 0) + greatest(-option_factor * options_below_zero, 0)
            as decimal(18, 4)
        ) as positive_option_amount,
        cast(
            greatest(option_factor * options_below_zero, 0) + greatest(-option_factor * options_above_zero, 0)
            as decimal(18, 4)
        ) as discount_amount
    from amounts

),

split_amounts as (

    select
        *,
        cast(greatest(item_amount, 0) + positive_option_amount as decimal(18, 4)) as gross_revenue,
        cast(greatest(-item_amount, 0) as decimal(18, 4)) as refund_amount,
        (item_quantity > 0 and item_amount >= 0) as is_sale_line
    from signed_amounts

),

final as (

    select
        -- ids
        order_id,
        lineitem_id,
        restaurant_id,
        customer_id,
        app_name,
        currency,

        -- when and what
        created_at,
        ordered_at,
        ordered_at_local,
        business_date,
        item_category,
        item_name,
        item_price,
        item_quantity,
        is_loyalty,
        is_sale_line,

        -- money
        item_amount,
        positive_option_amount,
        gross_revenue,
        discount_amount,
        refund_amount,
        cast(gross_revenue - discount_amount - refund_amount as decimal(18, 4)) as net_revenue,

        -- lineage
        _landing_id,
        _source_row
    from split_amounts

)

select * from final
