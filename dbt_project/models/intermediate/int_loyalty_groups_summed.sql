with

as_of as (

    select * from {{ ref('int_as_of') }}

),

customers as (

    select * from {{ ref('dim_customers') }}

),

users_in_groups as (

    select
        'member' as loyalty_group,
        member_orders as orders
    from {{ ref('int_users_summed') }}
    union all
    select
        'non_member' as loyalty_group,
        orders - member_orders as orders
    from {{ ref('int_users_summed') }}

),

group_sizes as (

    select
        loyalty_group,
        sum(case when orders >= 1 then 1 else 0 end) as customers,
        sum(case when orders >= 2 then 1 else 0 end) as repeat_customers
    from users_in_groups
    group by loyalty_group

),

group_sales as (

    select
        loyalty_group,
        sum(case when is_sale_order then 1 else 0 end) as orders,
        sum(net_revenue) as net_revenue
    from {{ ref('fct_orders') }}
    group by loyalty_group

),

by_order_flag as (

    select
        'order_flag' as basis,
        group_sales.loyalty_group,
        coalesce(group_sizes.customers, 0) as customers,
        coalesce(group_sizes.repeat_customers, 0) as repeat_customers,
        group_sales.orders,
        group_sales.net_revenue,
        cast(null as bigint) as tenure_days
    from group_sales
    left join group_sizes on group_sales.loyalty_group = group_sizes.loyalty_group

),

by_customer_ever as (

    select
        'customer_ever' as basis,
        case when customers.is_member then 'member' else 'non_member' end as loyalty_group,
        count(*) as customers,
        sum(case when customers.orders >= 2 then 1 else 0 end) as repeat_customers,
        sum(customers.orders) as orders,
        sum(customers.net_revenue) as net_revenue,
        sum(greatest(as_of.as_of_date - customers.first_order_date + 1, 30)) as tenure_days
    from customers
    cross join as_of
    group by case when customers.is_member then 'member' else 'non_member' end

),

stacked as (

    select * from by_order_flag
    union all
    select * from by_customer_ever

),

final as (

    select
        cast(basis as varchar(16)) as basis,
        cast(loyalty_group as varchar(16)) as loyalty_group,
        cast(customers as bigint) as customers,
        cast(repeat_customers as bigint) as repeat_customers,
        cast(orders as bigint) as orders,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(tenure_days as bigint) as tenure_days
    from stacked

)

select * from final
