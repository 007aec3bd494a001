{% macro business_date_of(column, timezone) -%}
    cast({{ dbt.dateadd('hour', -var('business_day_start_hour'), to_local(column, timezone)) }} as date)
{%- endmacro %}
