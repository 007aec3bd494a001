{% macro add_months(months, column) -%}
    cast({{ dbt.dateadd('month', months, column) }} as date)
{%- endmacro %}
