-- A row here is an as-of date that dim_dates does not end with, though there are orders.
select
    as_of.as_of_date,
    max(dates.date_day) as last_date
from {{ ref('int_as_of') }} as as_of
left join {{ ref('dim_dates') }} as dates on as_of.as_of_date >= dates.date_day
where exists (select orders.order_id from {{ ref('fct_orders') }} as orders)
group by as_of.as_of_date
having coalesce(max(dates.date_day) <> as_of.as_of_date, true)
