with

cohorts as (

    select * from {{ ref('int_program_cohorts_summed') }}
    where event_kind = 'joiner'

),

matched as (

    select
        matched_joiners,
        {{ ratio('joiners_change', 'matched_joiners') }} as mean_change_joiners,
        {{ ratio('controls_change_in_thousandths', '1000 * matched_joiners') }} as mean_change_controls
    from {{ ref('int_joiners_matched') }}

),

final as (

    select
        cast('joiners' as varchar(16)) as cohort,
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
        cast(matched.matched_joiners as bigint) as matched_joiners,
        matched.mean_change_joiners,
        matched.mean_change_controls,
        cast(matched.mean_change_joiners - matched.mean_change_controls as decimal(18, 4))
            as did_orders_per_customer
    from cohorts
    cross join matched

)

select * from final
