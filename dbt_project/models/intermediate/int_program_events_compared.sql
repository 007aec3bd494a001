{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_users() }}',
) }}

with

events as (

    select
        *,
        first_order_date <= event_date - window_days as has_past,
        event_date + window_days as last_day
    from {{ ref('int_program_events_found') }}

),

days as (

    select * from {{ ref('int_customer_days') }}

),

final as (

    select
        cast(events.event_kind as varchar(16)) as event_kind,
        cast(events.customer_id as varchar(256)) as customer_id,
        cast(events.event_date as date) as event_date,
        cast(events.has_past as boolean) as has_past,
        cast(events.last_day as date) as last_day,
        cast(sum(case when days.business_date < events.event_date then days.day_orders else 0 end) as bigint)
            as orders_before,
        cast(sum(case when days.business_date > events.event_date then days.day_orders else 0 end) as bigint)
            as orders_after,
        cast(sum(case when days.business_date < events.event_date then days.day_net else 0 end) as decimal(18, 4))
            as net_before,
        cast(sum(case when days.business_date > events.event_date then days.day_net else 0 end) as decimal(18, 4))
            as net_after
    from events
    left join days
        on
            events.customer_id = days.customer_id
            and days.business_date >= events.event_date - events.window_days
            and events.last_day >= days.business_date
    where events.has_past or events.event_kind <> 'control'
    group by events.event_kind, events.customer_id, events.event_date, events.has_past, events.last_day

)

select * from final
