{% macro lift_pct(top, bottom, base_top, base_bottom) -%}
    cast(
        case
            when {{ base_top }} > 0 and {{ base_bottom }} > 0
                then {{ adapter.dispatch('lift')(top, bottom, base_top, base_bottom) }}
        end as decimal(18, 4)
    )
{%- endmacro %}

{% macro duckdb__lift(top, bottom, base_top, base_bottom) -%}
    {%- set ours = '(' ~ top ~ ') * (' ~ base_bottom ~ ')' -%}
    {%- set theirs = '(' ~ base_top ~ ') * (' ~ bottom ~ ')' -%}
    {{ ratio('100 * (' ~ ours ~ ' - ' ~ theirs ~ ')', theirs) }}
{%- endmacro %}

{% macro default__lift(top, bottom, base_top, base_bottom) -%}
    100 * (
        cast({{ top }} as double precision) * cast({{ base_bottom }} as double precision)
        / nullif(cast({{ base_top }} as double precision) * cast({{ bottom }} as double precision), 0) - 1
    )
{%- endmacro %}
