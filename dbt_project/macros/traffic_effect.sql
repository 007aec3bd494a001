{% macro traffic_effect(orders, base_orders, base_net) -%}
    {{ return(adapter.dispatch('traffic_effect')(orders, base_orders, base_net)) }}
{%- endmacro %}

{% macro duckdb__traffic_effect(orders, base_orders, base_net) -%}
    {{ ratio('(' ~ orders ~ ' - ' ~ base_orders ~ ') * ' ~ base_net, base_orders) }}
{%- endmacro %}

{% macro default__traffic_effect(orders, base_orders, base_net) -%}
    cast(
        cast({{ orders }} - {{ base_orders }} as double precision) * cast({{ base_net }} as double precision)
        / nullif(cast({{ base_orders }} as double precision), 0) as decimal(18, 4)
    )
{%- endmacro %}
