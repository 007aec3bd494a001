-- A row here is a business date whose lines in the warehouse and in fct_order_items differ in number.
with

staged as (

    select
        items.business_date,
        count(*) as line_count
    from {{ ref('stg_pos__order_items') }} as items
    cross join {{ ref('int_as_of') }} as as_of
    where
        items.business_date <= as_of.as_of_date
        and coalesce(items.app_name, '') not in ({{ quoted_list(var('excluded_apps') or ['no app has this name']) }})
    group by items.business_date

),

counted as (

    select
        business_date,
        count(*) as line_count
    from {{ ref('fct_order_items') }}
    group by business_date

)

select
    coalesce(staged.business_date, counted.business_date) as business_date,
    staged.line_count as lines_in_warehouse,
    counted.line_count as lines_in_facts
from staged
full outer join counted on staged.business_date = counted.business_date
where coalesce(staged.line_count, 0) <> coalesce(counted.line_count, 0)
