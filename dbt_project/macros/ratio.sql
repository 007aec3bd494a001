{% macro ratio(numerator, denominator) -%}
    {{ return(adapter.dispatch('ratio')(numerator, denominator)) }}
{%- endmacro %}

{% macro default__ratio(numerator, denominator) -%}
    cast(
        round(
            cast({{ numerator }} as decimal(19, 4)) / cast(nullif({{ denominator }}, 0) as decimal(18, 4)),
            4
        ) as decimal(18, 4)
    )
{%- endmacro %}

{% macro duckdb__ratio(numerator, denominator) -%}
    {%- set top = 'cast(' ~ numerator ~ ' as decimal(38, 4))' -%}
    {%- set bottom = 'cast(' ~ denominator ~ ' as decimal(38, 4))' -%}
    cast(
        cast(
            sign({{ top }}) * sign({{ bottom }}) * (
                (cast(abs({{ top }}) * 200000000 as hugeint) + cast(abs({{ bottom }}) * 10000 as hugeint))
                // nullif(cast(abs({{ bottom }}) * 20000 as hugeint), 0)
            ) as decimal(22, 0)
        ) * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}
