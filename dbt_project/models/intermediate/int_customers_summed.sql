with

customers as (

    select * from {{ ref('int_customer_days') }}
    where
        is_latest
        and orders > 0

),

final as (

    select
        customer_id,
        first_order_date,
        last_order_date,
        first_loyalty_date,
        orders,
        visits,
        net_revenue,
        sale_lines >= {{ var('non_individual_lines') }}
        or most_orders_of_a_day >= {{ var('non_individual_orders_per_day') }} as is_likely_non_individual
    from customers
    {% if var('exclude_non_individuals') %}
    where
        sale_lines < {{ var('non_individual_lines') }}
        and most_orders_of_a_day < {{ var('non_individual_orders_per_day') }}
    {% endif %}

)

select * from final
