{% macro hour_is_in_daypart(hour) -%}
    (
        dayparts.start_hour < dayparts.end_hour
        and {{ hour }} >= dayparts.start_hour
        and {{ hour }} < dayparts.end_hour
    ) or (
        dayparts.start_hour >= dayparts.end_hour
        and ({{ hour }} >= dayparts.start_hour or {{ hour }} < dayparts.end_hour)
    )
{%- endmacro %}
