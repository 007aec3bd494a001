with

lines as (

    select * from {{ ref('fct_order_items') }}

),

cells as (

    {% for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'business_date') }} as period_start,
        restaurant_id,
        item_category,
        daypart,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(refund_amount) as refund_amount,
        sum(net_revenue) as net_revenue,
        sum(units) as units,
        count(distinct case when is_sale_order then order_id end) as orders
    from lines
    group by {{ period_start(grain, 'business_date') }}, restaurant_id, item_category, daypart
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

final as (

    select
        cast(period_grain as varchar(8)) as period_grain,
        cast(period_start as date) as period_start,
        cast(restaurant_id as varchar(256)) as restaurant_id,
        cast(item_category as varchar(256)) as item_category,
        cast(daypart as varchar(64)) as daypart,
        cast(gross_revenue as decimal(38, 4)) as gross_revenue,
        cast(discount_amount as decimal(38, 4)) as discount_amount,
        cast(refund_amount as decimal(38, 4)) as refund_amount,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(units as bigint) as units,
        cast(orders as bigint) as orders
    from cells

)

select * from final
