with

as_of as (

    select * from {{ ref('int_as_of') }}

),

customers as (

    select * from {{ ref('int_customers_summed') }}

),

segments as (

    select * from {{ ref('rfm_segments') }}

),

windowed as (

    select
        days.customer_id,
        sum(days.day_orders) as frequency,
        sum(days.day_net) as monetary
    from {{ ref('int_customer_days') }} as days
    inner join as_of
        on days.business_date > {{ add_months(-var('rfm_window_months'), 'as_of.as_of_date') }}
    group by days.customer_id

),

measured as (

    select
        customers.customer_id,
        as_of.as_of_date - customers.last_order_date as recency_days,
        as_of.as_of_date - customers.first_order_date as tenure_days,
        coalesce(windowed.frequency, 0) as frequency,
        coalesce(windowed.monetary, 0) as monetary
    from customers
    cross join as_of
    left join windowed on customers.customer_id = windowed.customer_id

),

ranked as (

    select
        customer_id,
        percent_rank() over (order by recency_days) as recency_rank,
        percent_rank() over (order by frequency) as frequency_rank,
        percent_rank() over (order by monetary) as monetary_rank
    from measured
    where frequency > 0

),

scored as (

    select
        measured.*,
        case
            when measured.frequency > 0
                then {{ recency_score('measured.recency_days', 'ranked.recency_rank', var('r_breaks')) }}
            else 1
        end as r_score,
        case
            when measured.frequency > 0
                then {{ quintile_score('measured.frequency', 'ranked.frequency_rank', var('f_breaks')) }}
            else 1
        end as f_score,
        case
            when measured.frequency > 0
                then {{ quintile_score('measured.monetary', 'ranked.monetary_rank', var('m_breaks')) }}
            else 1
        end as m_score
    from measured
    left join ranked on measured.customer_id = ranked.customer_id

),

final as (

    select
        cast(scored.customer_id as varchar(256)) as customer_id,
        cast(scored.recency_days as integer) as recency_days,
        cast(scored.frequency as bigint) as frequency,
        cast(scored.monetary as decimal(38, 4)) as monetary,
        cast(scored.r_score as integer) as r_score,
        cast(scored.f_score as integer) as f_score,
        cast(scored.m_score as integer) as m_score,
        cast(
            {% if var('new_segment_max_tenure_days') %}
            case
                when
                    segments.recency_level = 'high'
                    and segments.frequency_level = 'low'
                    and scored.tenure_days > {{ var('new_segment_max_tenure_days') }}
                    then 'Promising'
                else segments.rfm_segment
            end
            {% else %}
            segments.rfm_segment
            {% endif %}
            as varchar(64)
        ) as rfm_segment,
        cast(scored.tenure_days as integer) as tenure_days,
        cast(scored.tenure_days < {{ var('newly_acquired_days') }} as boolean) as is_newly_acquired
    from scored
    left join segments
        on
            {{ score_level('scored.r_score') }} = segments.recency_level
            and {{ score_level('scored.f_score') }} = segments.frequency_level
            and {{ score_level('scored.m_score') }} = segments.monetary_level

)

select * from final
