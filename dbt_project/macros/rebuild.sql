{% materialization table, adapter='duckdb' %}
    {{ return(rebuild('table', get_create_table_as_sql(false, this.incorporate(type='table'), compiled_code))) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(rebuild('view', get_create_view_as_sql(this.incorporate(type='view'), compiled_code))) }}
{% endmaterialization %}

{% macro rebuild(type, create) %}
    {%- set held = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- call statement('main') -%}
        {% if held %}drop {{ held.type }} {{ held }};{% endif %}
        {{ create }}
    {%- endcall -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [this.incorporate(type=type)]}) }}
{% endmacro %}
