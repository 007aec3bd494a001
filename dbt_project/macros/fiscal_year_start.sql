{% macro fiscal_year_start(year) -%}
    {%- set month_and_day = "'-%02d-01'" | format(var('fiscal_year_start_month')) -%}
    {{ period_start('week', 'cast(cast(' ~ year ~ ' as varchar(4)) || ' ~ month_and_day ~ ' as date)') }}
{%- endmacro %}
