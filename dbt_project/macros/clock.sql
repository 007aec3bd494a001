{% macro to_local(column, timezone) -%}
    {{ return(adapter.dispatch('to_local')(column, timezone)) }}
{%- endmacro %}

{% macro default__to_local(column, timezone) -%}
    convert_timezone('UTC', {{ timezone }}, {{ column }})
{%- endmacro %}

{% macro duckdb__to_local(column, timezone) -%}
    timezone({{ timezone }}, timezone('UTC', {{ column }}))
{%- endmacro %}

{% macro to_utc(column, timezone) -%}
    {{ return(adapter.dispatch('to_utc')(column, timezone)) }}
{%- endmacro %}

{% macro default__to_utc(column, timezone) -%}
    convert_timezone({{ timezone }}, 'UTC', {{ column }})
{%- endmacro %}

{% macro duckdb__to_utc(column, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, {{ column }}))
{%- endmacro %}
