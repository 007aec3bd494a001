{% macro ratio(numerator, denominator) -%}
    cast(
        cast({{ numerator }} as decimal(38, 4))
        / cast(nullif({{ denominator }}, 0) as decimal(18, 4))
        as decimal(18, 4)
    )
{%- endmacro %}
