with

compared as (

    select
        events.*,
        events.has_past and events.last_day <= as_of.as_of_date as is_eligible
    from {{ ref('int_program_events_compared') }} as events
    cross join {{ ref('int_as_of') }} as as_of

),

cohorts as (

    select 'joiner' as event_kind
    union all
    select 'first_discount' as event_kind

),

final as (

    select
        cohorts.event_kind,
        count(compared.customer_id) as customers_total,
        sum(case when compared.is_eligible then 1 else 0 end) as customers_eligible,
        sum(case when compared.is_eligible then compared.orders_before else 0 end) as orders_before,
        sum(case when compared.is_eligible then compared.orders_after else 0 end) as orders_after,
        cast(sum(case when compared.is_eligible then compared.net_before else 0 end) as decimal(38, 4))
            as net_before,
        cast(sum(case when compared.is_eligible then compared.net_after else 0 end) as decimal(38, 4))
            as net_after,
        sum(
            case when compared.is_eligible and compared.orders_after > compared.orders_before then 1 else 0 end
        ) as customers_up,
        sum(
            case when compared.is_eligible and compared.orders_after < compared.orders_before then 1 else 0 end
        ) as customers_down
    from cohorts
    left join compared on cohorts.event_kind = compared.event_kind
    group by cohorts.event_kind

)

select * from final
