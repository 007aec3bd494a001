with

orders as (

    select * from {{ ref('fct_orders') }}
    where is_sale_order

),

order_groups as (

    select
        'discounted' as order_group,
        true as is_discounted
    union all
    select
        'full_price' as order_group,
        false as is_discounted

),

totals as (

    select
        count(*) as all_orders,
        sum(net_revenue) as all_net_revenue,
        sum(case when is_discounted then 1 else 0 end) as discounted_orders
    from orders

),

summed as (

    select
        order_groups.order_group,
        count(orders.order_id) as orders,
        coalesce(sum(orders.gross_revenue), 0) as gross_revenue,
        coalesce(sum(orders.discount_amount), 0) as discount_amount,
        coalesce(sum(orders.net_revenue), 0) as net_revenue,
        coalesce(sum(orders.units), 0) as units
    from order_groups
    left join orders on order_groups.is_discounted = orders.is_discounted
    group by order_groups.order_group

),

final as (

    select
        cast(summed.order_group as varchar(16)) as order_group,
        cast(summed.orders as bigint) as orders,
        cast(summed.gross_revenue as decimal(38, 4)) as gross_revenue,
        cast(summed.discount_amount as decimal(38, 4)) as discount_amount,
        cast(summed.net_revenue as decimal(38, 4)) as net_revenue,
        {{ ratio('summed.net_revenue', 'summed.orders') }} as aov_net,
        {{ ratio('summed.gross_revenue', 'summed.orders') }} as aov_gross,
        {{ ratio('summed.units', 'summed.orders') }} as units_per_order,
        {{ ratio('summed.orders', 'totals.all_orders') }} as share_of_orders,
        {{ ratio('summed.net_revenue', 'totals.all_net_revenue') }} as share_of_net,
        {{ ratio('summed.discount_amount', 'summed.gross_revenue') }} as discount_rate,
        cast(
            case when totals.discounted_orders > 0 then 'discounts_recorded' else 'no_discount_recorded' end
            as varchar(32)
        ) as signal
    from summed
    cross join totals

)

select * from final
