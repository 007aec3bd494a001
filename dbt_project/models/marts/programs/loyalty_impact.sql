{%- set measures = {
    'avg_order_value': ('sums.net_revenue', 'sums.orders'),
    'avg_spend_per_customer': ('sums.net_revenue', 'sums.customers'),
    'orders_per_customer': ('sums.orders', 'sums.customers'),
    'repeat_rate': ('sums.repeat_customers', 'sums.customers'),
    'orders_per_customer_month': ('30 * sums.orders', 'sums.tenure_days'),
    'spend_per_customer_month': ('30 * sums.net_revenue', 'sums.tenure_days'),
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
        coalesce(sums.orders, 0) as orders,
        coalesce(sums.net_revenue, 0) as net_revenue,
    {% for measure, (numerator, denominator) in measures.items() %}
    {{ quotient(numerator, denominator) }} as {{ measure }}{{ "," if not loop.last }}
    {% endfor %}
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
        {% for measure in measures %}
        {{ rounded('measured.' ~ measure) }} as {{ measure }},
        {% endfor %}
    {% for measure in measures %}
    {{ change_pct('measured.' ~ measure, 'non_members.' ~ measure) }}
        as {{ measure }}_lift_pct{{ "," if not loop.last }}
    {% endfor %}
    from measured
    left join non_members
        on
            measured.basis = non_members.basis
            and measured.loyalty_group = 'member'

)

select * from final
