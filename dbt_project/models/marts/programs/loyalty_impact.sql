{%- set measures = {
    'avg_order_value': ('net_revenue', 'orders'),
    'avg_spend_per_customer': ('net_revenue', 'customers'),
    'orders_per_customer': ('orders', 'customers'),
    'repeat_rate': ('repeat_customers', 'customers'),
    'orders_per_customer_month': ('month_orders', 'tenure_days'),
    'spend_per_customer_month': ('month_net_revenue', 'tenure_days'),
} -%}

with

-- every group has a row, also where nobody is in it
spine as (

    select
        'order_flag' as basis,
        'member' as loyalty_group
    union all
    select
        'order_flag' as basis,
        'non_member' as loyalty_group
    union all
    select
        'order_flag' as basis,
        'guest' as loyalty_group
    union all
    select
        'customer_ever' as basis,
        'member' as loyalty_group
    union all
    select
        'customer_ever' as basis,
        'non_member' as loyalty_group

),

sums as (

    select * from {{ ref('int_loyalty_groups_summed') }}

),

measured as (

    select
        spine.basis,
        spine.loyalty_group,
        coalesce(sums.customers, 0) as customers,
        coalesce(sums.repeat_customers, 0) as repeat_customers,
        coalesce(sums.orders, 0) as orders,
        coalesce(sums.net_revenue, 0) as net_revenue,
        30 * sums.orders as month_orders,
        30 * sums.net_revenue as month_net_revenue,
        sums.tenure_days
    from spine
    left join sums
        on
            spine.basis = sums.basis
            and spine.loyalty_group = sums.loyalty_group

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
        {% for measure, (top, bottom) in measures.items() %}
        {{ ratio('measured.' ~ top, 'measured.' ~ bottom) }} as {{ measure }},
        {% endfor %}
    {% for measure, (top, bottom) in measures.items() %}
    {{ lift_pct('measured.' ~ top, 'measured.' ~ bottom, 'non_members.' ~ top, 'non_members.' ~ bottom) }}
        as {{ measure }}_lift_pct{{ "," if not loop.last }}
    {% endfor %}
    from measured
    left join non_members
        on
            measured.basis = non_members.basis
            and measured.loyalty_group = 'member'

)

select * from final
