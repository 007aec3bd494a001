-- A row here is an hour that no daypart holds, or more than one does: mend seeds/dayparts.csv.
with

hours as (

    {% for hour in range(24) %}
    select {{ hour }} as local_hour{{ " union all" if not loop.last }}
    {% endfor %}

)

select
    hours.local_hour,
    count(dayparts.daypart) as dayparts_that_hold_it,
    min(dayparts.daypart) as one_of_them
from hours
left join {{ ref('dayparts') }} as dayparts
    on {{ hour_is_in_daypart('hours.local_hour') }}
group by hours.local_hour
having count(dayparts.daypart) <> 1
