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
        sign({{ top }}) * sign({{ bottom }}) * case
            when abs({{ top }}) < 40000000000 and abs({{ bottom }}) < 40000000000
                then {{ rounded_quotient(
                    'cast(cast(abs(' ~ top ~ ') as double) * 10000 as bigint)',
                    'cast(cast(abs(' ~ bottom ~ ') as double) * 10000 as bigint)'
                ) }}
            else {{ rounded_quotient(
                'cast(abs(' ~ top ~ ') * 10000 as hugeint)', 'cast(abs(' ~ bottom ~ ') * 10000 as hugeint)'
            ) }}
        end * 0.0001 as decimal(18, 4)
    )
{%- endmacro %}

{% macro rounded_quotient(top, bottom) -%}
    cast((20000 * {{ top }} + {{ bottom }}) // nullif(2 * {{ bottom }}, 0) as decimal(22, 0))
{%- endmacro %}
