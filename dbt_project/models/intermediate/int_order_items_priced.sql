with

order_items as (

    select * from {{ ref('stg_pos__order_items') }}
    {% if var('excluded_apps') %}
    where coalesce(app_name, '') not in ({{ quoted_list(var('excluded_apps')) }})
    {% endif %}

),

as_of as (

    select * from {{ ref('int_as_of') }}

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
        cast(
            coalesce(options.positive_option_amount, 0)
            {% if var('options_per_unit') %} * order_items.item_quantity {% endif %}
            as decimal(18, 4)
        ) as positive_option_amount,
        cast(
            coalesce(options.negative_option_amount, 0)
            {% if var('options_per_unit') %} * order_items.item_quantity {% endif %}
            as decimal(18, 4)
        ) as discount_amount
    from order_items
    inner join as_of
        on order_items.business_date <= as_of.as_of_date
    left join options
        on
            order_items.order_id = options.order_id
            and order_items.lineitem_id = options.lineitem_id

),

split_amounts as (

    select
        *,
        cast(greatest(item_amount, 0) + positive_option_amount as decimal(18, 4)) as gross_revenue,
        cast(greatest(-item_amount, 0) as decimal(18, 4)) as refund_amount,
        (item_quantity > 0 and item_amount >= 0) as is_sale_line
    from amounts

),

final as (

    select
        *,
        cast(gross_revenue - discount_amount - refund_amount as decimal(18, 4)) as net_revenue
    from split_amounts

)

select * from final
