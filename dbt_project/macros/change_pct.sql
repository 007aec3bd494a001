{% macro change_pct(value, base) -%}
    case
        when {{ base }} > 0
            then {{ ratio('100 * (' ~ value ~ ' - ' ~ base ~ ')', base) }}
    end
{%- endmacro %}
