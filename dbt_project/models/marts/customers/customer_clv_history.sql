with

customers as (

    select * from {{ ref('int_customers_summed') }}

),

days as (

    select
        customer_id,
        business_date,
        sum(case when is_sale_order then 1 else 0 end) as day_orders,
        sum(net_revenue) as day_net
    from {{ ref('fct_orders') }}
    where customer_id is not null
    group by customer_id, business_date

),

final as (

    select
        cast(days.customer_id as varchar(256)) as customer_id,
        cast(days.business_date as date) as business_date,
        cast(days.day_orders as bigint) as day_orders,
        cast(days.day_net as decimal(38, 4)) as day_net,
        cast(
            sum(days.day_orders) over (
                partition by days.customer_id
                order by days.business_date
                rows between unbounded preceding and current row
            ) as bigint
        ) as cumulative_orders,
        cast(
            sum(days.day_net) over (
                partition by days.customer_id
                order by days.business_date
                rows between unbounded preceding and current row
            ) as decimal(38, 4)
        ) as cumulative_clv
    from days
    inner join customers on days.customer_id = customers.customer_id

)

select * from final
