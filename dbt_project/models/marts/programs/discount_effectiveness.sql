with

sums as (

    select
        is_discounted,
        count(*) as orders,
        sum(gross_revenue) as gross_revenue,
        sum(discount_amount) as discount_amount,
        sum(net_revenue) as net_revenue,
        sum(units) as units
    from {{ ref('fct_orders') }}
    where is_sale_order
    group by is_discounted

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
        sum(orders) as all_orders,
        sum(net_revenue) as all_net_revenue,
        sum(case when is_discounted then orders else 0 end) as discounted_orders
    from sums

),

filled as (

    select
        order_groups.order_group,
        coalesce(sums.orders, 0) as orders,
        coalesce(sums.gross_revenue, 0) as gross_revenue,
        coalesce(sums.discount_amount, 0) as discount_amount,
        coalesce(sums.net_revenue, 0) as net_revenue,
        coalesce(sums.units, 0) as units
    from order_groups
    left join sums on order_groups.is_discounted = sums.is_discounted

),

final as (

    select
        cast(filled.order_group as varchar(16)) as order_group,
        cast(filled.orders as bigint) as orders,
        cast(filled.gross_revenue as decimal(38, 4)) as gross_revenue,
        cast(filled.discount_amount as decimal(38, 4)) as discount_amount,
        cast(filled.net_revenue as decimal(38, 4)) as net_revenue,
        {{ ratio('filled.net_revenue', 'filled.orders') }} as aov_net,
        {{ ratio('filled.gross_revenue', 'filled.orders') }} as aov_gross,
        {{ ratio('filled.units', 'filled.orders') }} as units_per_order,
        {{ ratio('filled.orders', 'totals.all_orders') }} as share_of_orders,
        {{ ratio('filled.net_revenue', 'totals.all_net_revenue') }} as share_of_net,
        {{ ratio('filled.discount_amount', 'filled.gross_revenue') }} as discount_rate,
        cast(
            case when totals.discounted_orders > 0 then 'discounts_recorded' else 'no_discount_recorded' end
            as varchar(32)
        ) as signal
    from filled
    cross join totals

)

select * from final
