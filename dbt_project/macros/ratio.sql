{% macro quotient(numerator, denominator) -%}
    cast({{ numerator }} as double precision) / cast(nullif({{ denominator }}, 0) as double precision)
{%- endmacro %}

{% macro rounded(value) -%}
    cast(cast({{ value }} as decimal(38, 10)) as decimal(18, 4))
{%- endmacro %}

{% macro ratio(numerator, denominator) -%}
    {{ rounded(quotient(numerator, denominator)) }}
{%- endmacro %}
