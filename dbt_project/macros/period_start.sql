{% macro period_start(grain, column) -%}
    {%- if grain == 'day' -%}
        cast({{ column }} as date)
    {%- elif grain == 'week' -%}
        cast(
            {{ column }} - cast(
                mod(cast(extract(dow from {{ column }}) as integer) + 7 - {{ var('week_start') }}, 7) as integer
            ) as date
        )
    {%- else -%}
        cast(date_trunc('month', {{ column }}) as date)
    {%- endif -%}
{%- endmacro %}
