with

as_of as (

    select * from {{ ref('int_as_of') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

customers as (

    select
        dim_customers.*,
        case when dim_customers.is_member then 'member' else 'non_member' end as loyalty_group,
        greatest(as_of.as_of_date - dim_customers.first_order_date + 1, 30) as tenure_days
    from {{ ref('dim_customers') }} as dim_customers
    cross join as_of

),

spine as (

    select 'order_flag' as basis, 'member' as loyalty_group
    union all
    select 'order_flag' as basis, 'non_member' as loyalty_group
    union all
    select 'order_flag' as basis, 'guest' as loyalty_group
    union all
    select 'customer_ever' as basis, 'member' as loyalty_group
    union all
    select 'customer_ever' as basis, 'non_member' as loyalty_group

),

customers_in_groups as (

    select
        loyalty_group,
        customer_id,
        sum(case when is_sale_order then 1 else 0 end) as orders
    from orders
    where not is_guest
    group by loyalty_group, customer_id

),

group_sizes as (

    select
        loyalty_group,
        sum(case when orders > 0 then 1 else 0 end) as customers,
        sum(case when orders >= 2 then 1 else 0 end) as repeat_customers
    from customers_in_groups
    group by loyalty_group

),

by_order_flag as (

    select
        'order_flag' as basis,
        orders.loyalty_group,
        coalesce(max(group_sizes.customers), 0) as customers,
        coalesce(max(group_sizes.repeat_customers), 0) as repeat_customers,
        sum(case when orders.is_sale_order then 1 else 0 end) as orders,
        sum(orders.net_revenue) as net_revenue,
        cast(null as bigint) as tenure_days
    from orders
    left join group_sizes on orders.loyalty_group = group_sizes.loyalty_group
    group by orders.loyalty_group

),

by_customer_ever as (

    select
        'customer_ever' as basis,
        loyalty_group,
        count(*) as customers,
        sum(case when orders >= 2 then 1 else 0 end) as repeat_customers,
        sum(orders) as orders,
        sum(net_revenue) as net_revenue,
        sum(tenure_days) as tenure_days
    from customers
    group by loyalty_group

),

summed as (

    select * from by_order_flag
    union all
    select * from by_customer_ever

),

measured as (

    select
        spine.basis,
        spine.loyalty_group,
        coalesce(summed.customers, 0) as customers,
        coalesce(summed.orders, 0) as orders,
        coalesce(summed.net_revenue, 0) as net_revenue,
        {{ ratio('summed.net_revenue', 'summed.orders') }} as avg_order_value,
        {{ ratio('summed.net_revenue', 'summed.customers') }} as avg_spend_per_customer,
        {{ ratio('summed.orders', 'summed.customers') }} as orders_per_customer,
        {{ ratio('summed.repeat_customers', 'summed.customers') }} as repeat_rate,
        {{ ratio('30 * summed.orders', 'summed.tenure_days') }} as orders_per_customer_month,
        {{ ratio('30 * summed.net_revenue', 'summed.tenure_days') }} as spend_per_customer_month
    from spine
    left join summed
        on
            spine.basis = summed.basis
            and spine.loyalty_group = summed.loyalty_group

),

non_members as (

    select * from measured
    where loyalty_group = 'non_member'

),

final as (

    select
        cast(measured.basis as varchar(16)) as basis,
        cast(measured.loyalty_group as varchar(16)) as loyalty_group,
        cast(measured.customers as bigint) as customers,
        cast(measured.orders as bigint) as orders,
        cast(measured.net_revenue as decimal(38, 4)) as net_revenue,
        measured.avg_order_value,
        measured.avg_spend_per_customer,
        measured.orders_per_customer,
        measured.repeat_rate,
        measured.orders_per_customer_month,
        measured.spend_per_customer_month,
        {% for measure in ['avg_order_value', 'avg_spend_per_customer', 'orders_per_customer'] %}
        case
            when measured.loyalty_group = 'member'
                then {{ ratio('100 * (measured.' ~ measure ~ ' - non_members.' ~ measure ~ ')', 'non_members.' ~ measure) }}
        end as {{ measure }}_lift_pct{{ "," if not loop.last }}
        {% endfor %}
    from measured
    left join non_members on measured.basis = non_members.basis

)

select * from final
