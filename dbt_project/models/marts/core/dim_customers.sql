with

customers as (

    select * from {{ ref('int_customers_summed') }}

),

final as (

    select
        cast(customer_id as varchar(256)) as customer_id,
        cast(first_order_date as date) as first_order_date,
        cast(last_order_date as date) as last_order_date,
        cast(first_loyalty_date as date) as first_loyalty_date,
        cast(first_loyalty_date is not null as boolean) as is_member,
        cast(orders as bigint) as orders,
        cast(visits as bigint) as visits,
        cast(net_revenue as decimal(38, 4)) as net_revenue,
        cast(is_likely_non_individual as boolean) as is_likely_non_individual
    from customers

)

select * from final
