with

compared as (

    select
        events.event_kind,
        {{ period_start('week', 'events.event_date') }} as week_start_date,
        case
            when events.orders_before <= 2 then events.orders_before
            when events.orders_before <= 4 then 3
            when events.orders_before <= 8 then 5
            when events.orders_before <= 16 then 9
            else 17
        end as prior_orders_class,
        events.orders_after - events.orders_before as orders_change
    from {{ ref('int_program_events_compared') }} as events
    cross join {{ ref('int_as_of') }} as as_of
    where events.has_past and events.last_day <= as_of.as_of_date

),

strata as (

    select
        week_start_date,
        prior_orders_class,
        sum(case when event_kind = 'joiner' then 1 else 0 end) as joiners,
        sum(case when event_kind = 'joiner' then orders_change else 0 end) as joiners_change,
        sum(case when event_kind = 'control' then 1 else 0 end) as controls,
        sum(case when event_kind = 'control' then orders_change else 0 end) as controls_change
    from compared
    group by week_start_date, prior_orders_class

),

-- means carry seven places here, so that the four of the result are exact
final as (

    select
        coalesce(sum(joiners), 0) as matched_joiners,
        coalesce(sum(joiners_change), 0) as joiners_change,
        cast(
            coalesce(sum(joiners * {{ ratio('1000 * controls_change', 'controls') }}), 0)
            as decimal(38, 4)
        ) as controls_change_in_thousandths
    from strata
    where joiners > 0 and controls > 0

)

select * from final
