-- A row here is an empty name in a seed, or one with blanks around it: it would match no line, or be a group of its own
-- beside the one that is meant. Mend that seed.
with

names as (

    {% for seed, column in [
        ('dayparts', 'daypart'),
        ('holidays', 'holiday_name'),
        ('item_categories', 'delivered_category'),
        ('item_categories', 'item_category'),
        ('rfm_segments', 'rfm_segment'),
    ] %}
    select
        '{{ seed }}' as seed,
        {{ column }} as given_name
    from {{ ref(seed) }}
    {{ "union all" if not loop.last }}
    {% endfor %}

)

select
    seed,
    given_name
from names
where
    given_name <> trim(given_name)
    or given_name = ''
