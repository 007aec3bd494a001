{% test unique_among_touched(model, columns, touched) %}
select
    {{ columns | join(', ') }},
    count(*) as rows_with_this_key
from {{ model }}
where {{ columns[0] }} in (select {{ columns[0] }} from {{ touched }})
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}
