{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_dates() }}',
) }}

with

lines as (

    select * from {{ ref('int_order_items_priced') }}

),

orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('int_dates_to_build') }} as dates
        on
            orders.business_date = dates.business_date
            and dates.is_touched

),

categories as (

    select * from {{ ref('item_categories') }}

),

final as (

    select
        -- ids
        cast(lines.order_id as varchar(256)) as order_id,
        cast(lines.lineitem_id as varchar(256)) as lineitem_id,
        cast(orders.restaurant_id as varchar(256)) as restaurant_id,
        cast(orders.customer_id as varchar(256)) as customer_id,

        -- when and what
        cast(orders.business_date as date) as business_date,
        cast(orders.daypart as varchar(64)) as daypart,
        cast(orders.local_hour as integer) as local_hour,
        cast(coalesce(categories.item_category, lines.item_category) as varchar(4000)) as item_category,
        cast(lines.item_name as varchar(4000)) as item_name,
        cast(lines.item_price as decimal(18, 4)) as item_price,
        cast(lines.item_quantity as bigint) as item_quantity,

        -- measures
        cast(lines.item_amount as decimal(18, 4)) as item_amount,
        cast(lines.positive_option_amount as decimal(18, 4)) as positive_option_amount,
        cast(lines.gross_revenue as decimal(18, 4)) as gross_revenue,
        cast(lines.discount_amount as decimal(18, 4)) as discount_amount,
        cast(lines.refund_amount as decimal(18, 4)) as refund_amount,
        cast(lines.net_revenue as decimal(18, 4)) as net_revenue,
        cast(case when lines.is_sale_line then lines.item_quantity else 0 end as bigint) as units,

        -- flags
        cast(lines.is_sale_line as boolean) as is_sale_line,
        cast(orders.is_sale_order as boolean) as is_sale_order,

        -- lineage
        cast(lines._landing_id as varchar(64)) as _landing_id,
        cast(lines._source_row as bigint) as _source_row
    from lines
    inner join orders on lines.order_id = orders.order_id
    left join categories on lines.item_category = categories.delivered_category

)

select * from final
