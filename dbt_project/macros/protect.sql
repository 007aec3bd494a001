{% macro protect() %}{{ return(adapter.dispatch('protect', 'franchise')()) }}{% endmacro %}

{% macro default__protect() %}{% endmacro %}

{% macro redshift__protect() %}
    {%- if not execute or env_var('REDSHIFT_POLICIES', 'on') == 'off' %}{{ return('') }}{% endif -%}
    {%- set table, attached = this.include(database=false), attached_policies() -%}
    {%- set masks = [('hide_customer', 'public', 0), ('show_customer', 'customer_reader', 10), ('show_customer', 'loader', 10)] -%}
    {%- set rows = [('own_restaurants', 'franchisee'), ('all_restaurants', 'analyst'), ('all_restaurants', 'customer_reader')] -%}
    {%- for policy, grantee, priority in masks if 'customer_id' in model.columns and policy ~ ' ' ~ grantee not in attached %}
    attach masking policy {{ policy }} on {{ table }} (customer_id) to {{ grantee if grantee == 'public' else 'role ' ~ grantee }} priority {{ priority }};
    {%- endfor %}
    {%- for policy, role in rows if 'restaurant_id' in model.columns and policy ~ ' ' ~ role not in attached %}
    attach rls policy {{ policy }} on {{ table }} to role {{ role }};
    {%- endfor %}
    {%- if 'restaurant_id' in model.columns %}
    alter table {{ table }} row level security on;
    grant select on {{ table }} to role franchisee;
    {%- endif %}
    grant select on {{ table }} to role analyst;
    grant select on {{ table }} to role customer_reader;
{% endmacro %}

{% macro attached_policies() %}
    {%- set query -%}
        select policy_name || ' ' || case when grantee_type = 'public' then 'public' else grantee end
        from svv_attached_masking_policy
        where schema_name = '{{ this.schema }}' and table_name = '{{ this.identifier }}'
        union all
        select polname || ' ' || grantee from svv_rls_attached_policy
        where relschema = '{{ this.schema }}' and relname = '{{ this.identifier }}'
    {%- endset -%}
    {{ return(run_query(query).columns[0].values()) }}
{% endmacro %}
