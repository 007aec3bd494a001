with

customers as (

    select * from {{ ref('int_customers_summed') }}

),

ranked as (

    select
        *,
        percent_rank() over (order by net_revenue) as clv_percent_rank
    from customers

),

final as (

    select
        cast(customer_id as varchar(256)) as customer_id,
        cast(net_revenue as decimal(38, 4)) as historical_clv,
        cast(orders as bigint) as orders,
        {{ ratio('net_revenue', 'orders') }} as avg_order_value,
        cast(first_order_date as date) as first_order_date,
        cast(last_order_date as date) as last_order_date,
        cast(clv_percent_rank as double precision) as clv_percent_rank,
        cast(
            case
                when clv_percent_rank > {{ var('clv_high_rank') }} then 'High'
                when clv_percent_rank < {{ var('clv_low_rank') }} then 'Low'
                else 'Medium'
            end as varchar(16)
        ) as clv_tier
    from ranked

)

select * from final
