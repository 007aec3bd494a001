with

customers as (

    select * from {{ ref('int_users_touched') }}
    where is_customer

),

joiners as (

    select
        'joiner' as event_kind,
        customer_id,
        first_order_date,
        first_loyalty_date as event_date,
        {{ var('loyalty_window_days') }} as window_days
    from customers
    where first_loyalty_date > first_order_date

),

-- the first order day of a never-member in each week: what a joiner of that week is compared with
controls as (

    select
        'control' as event_kind,
        days.customer_id,
        customers.first_order_date,
        min(days.business_date) as event_date,
        {{ var('loyalty_window_days') }} as window_days
    from {{ ref('int_customer_days') }} as days
    inner join customers on days.customer_id = customers.customer_id
    where days.day_orders > 0 and customers.first_loyalty_date is null
    group by
        days.customer_id,
        customers.first_order_date,
        {{ period_start('week', 'days.business_date') }}

),

first_discounts as (

    select
        'first_discount' as event_kind,
        customer_id,
        first_order_date,
        first_discount_date as event_date,
        {{ var('discount_window_days') }} as window_days
    from customers
    where first_discount_date > first_order_date

),

final as (

    select * from joiners
    union all
    select * from controls
    union all
    select * from first_discounts

)

select * from final
