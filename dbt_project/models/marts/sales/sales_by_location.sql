with

as_of as (

    select * from {{ ref('int_as_of') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

opened as (

    select
        restaurant_id,
        min(business_date) as first_business_date
    from orders
    group by restaurant_id

),

hours as (

    {% for grain in ['day', 'week', 'month'] %}
    select
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'business_date') }} as period_start,
        restaurant_id,
        local_hour,
        sum(net_revenue) as net_revenue,
        sum(case when is_sale_order then 1 else 0 end) as orders
    from orders
    group by {{ period_start(grain, 'business_date') }}, restaurant_id, local_hour
    {% if not loop.last %}
    union all
    {% endif %}
    {% endfor %}

),

busiest as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, restaurant_id
            order by orders desc, local_hour
        ) as position_by_orders
    from hours

),

periods as (

    select
        period_grain,
        period_start,
        restaurant_id,
        sum(net_revenue) as net_revenue,
        sum(orders) as orders,
        max(case when position_by_orders = 1 and orders > 0 then local_hour end) as peak_hour
    from busiest
    group by period_grain, period_start, restaurant_id

),

calendar as (

    select
        periods.*,
        case
            when period_grain = 'day' then cast(period_start - 1 as date)
            when period_grain = 'week' then cast(period_start - 7 as date)
            else {{ add_months(-1, 'period_start') }}
        end as previous_start,
        case
            when period_grain in ('day', 'week') then cast(period_start - 364 as date)
            else {{ add_months(-12, 'period_start') }}
        end as last_year_start,
        case
            when period_grain = 'day' then period_start
            when period_grain = 'week' then cast(period_start + 6 as date)
            else cast({{ add_months(1, 'period_start') }} - 1 as date)
        end as period_end
    from periods

),

compared as (

    select
        calendar.*,
        case
            when opened.first_business_date < calendar.period_start
                then coalesce(previous.net_revenue, 0)
        end as previous_net_revenue,
        case
            when opened.first_business_date <= calendar.last_year_start
                then coalesce(last_year.net_revenue, 0)
            else last_year.net_revenue
        end as last_year_net_revenue
    from calendar
    inner join opened on calendar.restaurant_id = opened.restaurant_id
    left join periods as previous
        on
            calendar.restaurant_id = previous.restaurant_id
            and calendar.period_grain = previous.period_grain
            and calendar.previous_start = previous.period_start
    left join periods as last_year
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
        case
            when compared.previous_net_revenue > 0
                then {{ ratio('100 * (compared.net_revenue - compared.previous_net_revenue)', 'compared.previous_net_revenue') }}
        end as growth_pct,
        cast(compared.last_year_net_revenue as decimal(38, 4)) as last_year_net_revenue,
        case
            when compared.last_year_net_revenue > 0
                then {{ ratio('100 * (compared.net_revenue - compared.last_year_net_revenue)', 'compared.last_year_net_revenue') }}
        end as growth_on_last_year_pct,
        compared.period_end <= as_of.as_of_date as is_complete_period,
        cast(compared.peak_hour as integer) as peak_hour
    from compared
    cross join as_of

)

select * from final
