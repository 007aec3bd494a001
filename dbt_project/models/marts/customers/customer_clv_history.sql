-- The last model by user: int_users_touched learns from it who was there when the marts were last built.
-- depends_on: {{ ref('int_cohort_months_summed') }}
-- depends_on: {{ ref('int_program_events_compared') }}
-- depends_on: {{ ref('int_users_summed') }}
-- depends_on: {{ ref('new_vs_repeat') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_days_of_users() }}',
) }}

{% set so_far = 'over (
            partition by days.customer_id
            order by days.business_date
            rows between unbounded preceding and current row
        )' %}

with

customers as (

    select customer_id from {{ ref('int_users_touched') }}
    where is_customer

),

running as (

    select
        days.customer_id,
        days.business_date,
        days.day_orders,
        days.day_net,
        sum(days.day_orders) {{ so_far }} as cumulative_orders,
        sum(days.day_net) {{ so_far }} as cumulative_clv
    from {{ ref('int_customer_days') }} as days
    inner join customers on days.customer_id = customers.customer_id

),

{% if is_incremental() %}
-- a customer's days before the first touched one have stayed
held as (

    select
        held.customer_id,
        max(held.business_date) as last_date
    from {{ this }} as held
    inner join customers on held.customer_id = customers.customer_id
    group by held.customer_id

),
{% endif %}

final as (

    select
        cast(running.customer_id as varchar(256)) as customer_id,
        cast(running.business_date as date) as business_date,
        cast(running.day_orders as bigint) as day_orders,
        cast(running.day_net as decimal(38, 4)) as day_net,
        cast(running.cumulative_orders as bigint) as cumulative_orders,
        cast(running.cumulative_clv as decimal(38, 4)) as cumulative_clv
    from running
    {% if is_incremental() %}
    left join held on running.customer_id = held.customer_id
    where held.last_date is null or running.business_date > held.last_date
    {% endif %}

)

select * from final
