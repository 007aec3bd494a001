-- depends_on: {{ ref('int_location_periods_to_build') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_periods("int_location_periods_to_build") }}',
) }}

with

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- int_location_periods_summed is named where it is read: DuckDB would write it down for a CTE that is read often
opened as (

    select
        restaurant_id,
        min(period_start) as first_business_date
    from {{ ref('int_location_periods_summed') }}
    where period_grain = 'day'
    group by restaurant_id

),

calendar as (

    select
        periods.*,
        opened.first_business_date,
        case
            when periods.period_grain = 'day' then cast(periods.period_start - 1 as date)
            when periods.period_grain = 'week' then cast(periods.period_start - 7 as date)
            else {{ add_months(-1, 'periods.period_start') }}
        end as previous_start,
        case
            when periods.period_grain in ('day', 'week') then cast(periods.period_start - 364 as date)
            else {{ add_months(-12, 'periods.period_start') }}
        end as last_year_start,
        {{ period_end('periods.period_grain', 'periods.period_start') }} as period_end
    from {{ ref('int_location_periods_summed') }} as periods
    inner join opened on periods.restaurant_id = opened.restaurant_id
    {% if is_incremental() %}
    inner join {{ ref('int_location_periods_to_build') }} as to_build
        on
            periods.period_grain = to_build.period_grain
            and periods.period_start = to_build.period_start
    {% endif %}

),

-- a store that was open and sold nothing has 0, a store before its first day has null
compared as (

    select
        calendar.*,
        case
            when calendar.first_business_date < calendar.period_start
                then coalesce(previous.net_revenue, 0)
        end as previous_net_revenue,
        case
            when calendar.first_business_date <= calendar.last_year_start
                then coalesce(last_year.net_revenue, 0)
            else last_year.net_revenue
        end as last_year_net_revenue
    from calendar
    left join {{ ref('int_location_periods_summed') }} as previous
        on
            calendar.restaurant_id = previous.restaurant_id
            and calendar.period_grain = previous.period_grain
            and calendar.previous_start = previous.period_start
    left join {{ ref('int_location_periods_summed') }} as last_year
        on
            calendar.restaurant_id = last_year.restaurant_id
            and calendar.period_grain = last_year.period_grain
            and calendar.last_year_start = last_year.period_start

),

final as (

    select
        cast(compared.period_grain as varchar(8)) as period_grain,
        cast(compared.period_start as date) as period_start,
        cast(compared.restaurant_id as varchar(256)) as restaurant_id,
        cast(compared.net_revenue as decimal(38, 4)) as net_revenue,
        cast(compared.orders as bigint) as orders,
        {{ ratio('compared.net_revenue', 'compared.orders') }} as avg_order_value,
        cast(compared.previous_net_revenue as decimal(38, 4)) as previous_net_revenue,
        {{ change_pct('compared.net_revenue', 'compared.previous_net_revenue') }} as growth_pct,
        cast(compared.last_year_net_revenue as decimal(38, 4)) as last_year_net_revenue,
        {{ change_pct('compared.net_revenue', 'compared.last_year_net_revenue') }} as growth_on_last_year_pct,
        cast(compared.period_end <= as_of.as_of_date as boolean) as is_complete_period,
        cast(compared.peak_hour as integer) as peak_hour
    from compared
    cross join as_of

)

select * from final
