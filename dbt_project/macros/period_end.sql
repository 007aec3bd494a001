{% macro period_end(grain, start) -%}
    case
        when {{ grain }} = 'day' then {{ start }}
        when {{ grain }} = 'week' then cast({{ start }} + 6 as date)
        else cast({{ add_months(1, start) }} - 1 as date)
    end
{%- endmacro %}
