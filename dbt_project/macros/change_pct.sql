{% macro change_pct(value, base) -%}
    cast(
        case when {{ base }} > 0 then {{ ratio('100 * (' ~ value ~ ' - ' ~ base ~ ')', base) }} end
        as decimal(18, 4)
    )
{%- endmacro %}
