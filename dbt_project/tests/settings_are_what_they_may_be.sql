-- A row here is a setting with a value that it cannot have: what it may be stands in dbt_project.yml, under `allowed`.
{% for name, value, rule in wrong_settings() %}
select
    '{{ name }}' as setting,
    '{{ value | string | replace("'", "") }}' as given,
    '{{ rule | string | replace("'", "") }}' as allowed
union all
{% endfor %}
select
    '' as setting,
    '' as given,
    '' as allowed
from {{ ref('stg_pos__order_items') }}
where 1 = 0
