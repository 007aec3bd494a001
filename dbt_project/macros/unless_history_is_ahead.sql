{% macro unless_history_is_ahead(as_of_date) -%}
    {%- if execute and load_relation(this) -%}
        where {{ as_of_date }} >= (select coalesce(max(cast(dbt_valid_from as date)), cast('0001-01-01' as date)) from {{ this }})
    {%- endif -%}
{%- endmacro %}
