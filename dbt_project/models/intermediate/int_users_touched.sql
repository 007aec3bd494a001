{%- set held = last_build('customer_clv_history') -%}
{%- set summed = last_build('int_users_summed') -%}

with

dates as (

    select business_date from {{ ref('int_dates_to_build') }}
    where is_touched

),

-- int_customer_days is named where it is read: DuckDB would write it down for a CTE that is read twice.
-- Who has tickets on a touched date now, and who had some there when the marts were last built
changes as (

    select
        days.customer_id,
        days.business_date
    from {{ ref('int_customer_days') }} as days
    inner join dates on days.business_date = dates.business_date
    {% if held %}
    union all
    select
        held.customer_id,
        held.business_date
    from {{ held }} as held
    inner join dates on held.business_date = dates.business_date
    {% if var('exclude_non_individuals') %}
    union all
    -- who was left out so far may be a customer now
    select
        days.customer_id,
        days.business_date
    from {{ ref('int_customer_days') }} as days
    where days.customer_id not in (select held.customer_id from {{ held }} as held)
    union all
    -- and one without any ticket now has no row in history that would tell
    select
        summed.customer_id,
        summed.first_order_date as business_date
    from {{ summed }} as summed
    where summed.customer_id not in (select days.customer_id from {{ ref('int_customer_days') }} as days)
    {% endif %}
    {% endif %}

),

users as (

    select
        customer_id,
        min(business_date) as first_touched_date
    from changes
    group by customer_id

),

totals as (

    select
        users.customer_id,
        users.first_touched_date,
        min(case when days.day_orders > 0 then days.business_date end) as first_order_date,
        max(case when days.day_orders > 0 then days.business_date end) as last_order_date,
        min(case when days.day_member_orders > 0 then days.business_date end) as first_loyalty_date,
        min(case when days.day_discounted_orders > 0 then days.business_date end) as first_discount_date,
        coalesce(sum(days.day_orders), 0) as orders,
        coalesce(sum(days.day_member_orders), 0) as member_orders,
        sum(case when days.day_orders > 0 then 1 else 0 end) as visits,
        cast(coalesce(sum(days.day_net), 0) as decimal(38, 4)) as net_revenue,
        coalesce(sum(days.day_lines), 0) as sale_lines,
        coalesce(max(days.day_orders), 0) as most_orders_of_a_day
    from users
    left join {{ ref('int_customer_days') }} as days on users.customer_id = days.customer_id
    group by users.customer_id, users.first_touched_date

),

final as (

    select
        *,
        sale_lines >= {{ var('non_individual_lines') }}
        or most_orders_of_a_day >= {{ var('non_individual_orders_per_day') }} as is_likely_non_individual,
        orders > 0
        {% if var('exclude_non_individuals') %}
        and sale_lines < {{ var('non_individual_lines') }}
        and most_orders_of_a_day < {{ var('non_individual_orders_per_day') }}
        {% endif %}
            as is_customer
    from totals

)

select * from final
