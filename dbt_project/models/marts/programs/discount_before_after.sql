with

cohorts as (

    select * from {{ ref('int_program_cohorts_summed') }}
    where event_kind = 'first_discount'

),

discounts as (

    select coalesce(sum(discounted_orders), 0) as discounted_orders
    from {{ ref('int_location_periods_summed') }}
    where period_grain = 'day'

),

final as (

    select
        cast('first_discount' as varchar(16)) as cohort,
        cast(cohorts.customers_total as bigint) as customers_total,
        cast(cohorts.customers_eligible as bigint) as customers_eligible,
        cast(cohorts.orders_before as bigint) as orders_before,
        cast(cohorts.orders_after as bigint) as orders_after,
        {{ ratio('100 * (cohorts.orders_after - cohorts.orders_before)', 'cohorts.orders_before') }}
            as orders_change_pct,
        cast(cohorts.net_before as decimal(38, 4)) as net_before,
        cast(cohorts.net_after as decimal(38, 4)) as net_after,
        cast(cohorts.customers_up as bigint) as customers_up,
        cast(cohorts.customers_down as bigint) as customers_down,
        cast(
            case when discounts.discounted_orders > 0 then 'discounts_recorded' else 'no_discount_recorded' end
            as varchar(32)
        ) as signal
    from cohorts
    cross join discounts

)

select * from final
