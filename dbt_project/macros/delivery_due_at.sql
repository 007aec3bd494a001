{% macro delivery_due_at(business_date, timezone) -%}
    {%- set hours = var('business_day_start_hour') + var('delivery_deadline_hours') -%}
    {{ to_utc(dbt.dateadd('hour', hours, business_date), timezone) }}
{%- endmacro %}
