with

as_of as (

    select * from {{ ref('int_as_of') }}

),

events as (

    select * from {{ ref('int_program_events_found') }}

),

days as (

    select * from {{ ref('customer_clv_history') }}

),

observed as (

    select
        events.*,
        events.first_order_date <= events.event_date - events.window_days
        and events.event_date + events.window_days <= as_of.as_of_date as is_eligible
    from events
    cross join as_of

),

final as (

    select
        observed.event_kind,
        observed.customer_id,
        observed.event_date,
        observed.is_eligible,
        cast(
            sum(case when days.business_date < observed.event_date then days.day_orders else 0 end) as bigint
        ) as orders_before,
        cast(
            sum(case when days.business_date > observed.event_date then days.day_orders else 0 end) as bigint
        ) as orders_after,
        cast(
            sum(case when days.business_date < observed.event_date then days.day_net else 0 end) as decimal(38, 4)
        ) as net_before,
        cast(
            sum(case when days.business_date > observed.event_date then days.day_net else 0 end) as decimal(38, 4)
        ) as net_after
    from observed
    left join days
        on
            observed.customer_id = days.customer_id
            and days.business_date >= observed.event_date - observed.window_days
            and days.business_date <= observed.event_date + observed.window_days
    where observed.is_eligible or observed.event_kind <> 'control'
    group by
        observed.event_kind,
        observed.customer_id,
        observed.event_date,
        observed.is_eligible

)

select * from final
