{% macro quintile_score(value, percent_rank, breaks) -%}
    {%- if breaks -%}
        1
        {%- for cut in breaks %}
        + case when {{ value }} >= {{ cut }} then 1 else 0 end
        {%- endfor -%}
    {%- else -%}
        cast(least(5, 1 + floor(5 * {{ percent_rank }})) as integer)
    {%- endif -%}
{%- endmacro %}

{% macro recency_score(value, percent_rank, breaks) -%}
    {%- if breaks -%}
        5
        {%- for cut in breaks %}
        - case when {{ value }} > {{ cut }} then 1 else 0 end
        {%- endfor -%}
    {%- else -%}
        cast(greatest(1, 5 - floor(5 * {{ percent_rank }})) as integer)
    {%- endif -%}
{%- endmacro %}

{% macro score_level(score) -%}
    case when {{ score }} >= 4 then 'high' when {{ score }} = 3 then 'mid' else 'low' end
{%- endmacro %}
