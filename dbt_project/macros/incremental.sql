{% macro built_with() -%}
    {%- set settings = [] -%}
    {%- for name in [
        'excluded_apps', 'item_price_basis', 'options_per_unit', 'week_start',
        'exclude_non_individuals', 'non_individual_lines', 'non_individual_orders_per_day',
        'loyalty_window_days', 'discount_window_days',
    ] -%}
        {%- do settings.append([name, var(name)]) -%}
    {%- endfor -%}
    {%- set sources = [] -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed') -%}
            {%- if 'marts' not in node.fqn or node.config.materialized == 'incremental' -%}
                {%- do sources.append(node.checksum.checksum) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for name, macro in franchise.items() -%}
            {%- do sources.append(name ~ macro.macro.macro_sql) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ local_md5(tojson([settings, sources | sort])) }}
{%- endmacro %}

{% macro last_build(name) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- for node in graph.nodes.values() if node.config.materialized == 'incremental' -%}
            {%- if adapter.get_relation(node.database, node.schema, node.alias) is none -%}
                {{ return(none) }}
            {%- endif -%}
        {%- endfor -%}
        {%- set node = graph.nodes['model.franchise.' ~ name] -%}
        {{ return(adapter.get_relation(node.database, node.schema, node.alias)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{% macro forget_dates() -%}
    {%- set dates = ref('int_dates_to_build') -%}
    {{ forget("where business_date in (select business_date from " ~ dates ~ " where is_touched)") }}
{%- endmacro %}

{% macro forget_users() -%}
    {%- set users = ref('int_users_touched') -%}
    {{ forget("where customer_id in (select customer_id from " ~ users ~ ")") }}
{%- endmacro %}

{% macro forget_days_of_users() -%}
    {%- set users, held = ref('int_users_touched'), this.identifier -%}
    {{ forget(
        "using " ~ users ~ " as touched where " ~ held ~ ".customer_id = touched.customer_id and ("
        ~ held ~ ".business_date >= touched.first_touched_date or not touched.is_customer)"
    ) }}
{%- endmacro %}

{% macro forget_periods(name) -%}
    {%- set periods, held = ref(name), this.identifier -%}
    {{ forget(
        "using " ~ periods ~ " as touched where " ~ held ~ ".period_grain = touched.period_grain and "
        ~ held ~ ".period_start = touched.period_start"
    ) }}
{%- endmacro %}

{% macro forget(rows) -%}
    {{ refuse_partial_full_refresh() }}
    {%- if is_incremental() -%}
        delete from {{ this }} {{ rows if not every_date_is_touched() }}
    {%- endif -%}
{%- endmacro %}

{% macro every_date_is_touched() -%}
    {%- set node = graph.nodes['model.franchise.int_dates_to_build'] -%}
    {%- set dates = adapter.get_relation(node.database, node.schema, node.alias) -%}
    {{ return(
        dates is not none
        and run_query('select 1 from ' ~ dates ~ ' where not is_touched limit 1').rows | length == 0
    ) }}
{%- endmacro %}

{% macro refuse_partial_full_refresh() -%}
    {%- if execute and flags.FULL_REFRESH and 'model.franchise.int_dates_to_build' not in selected_resources -%}
        {%- if not every_date_is_touched() -%}
            {{ exceptions.raise_compiler_error(
                this.identifier ~ " takes the business dates to build from int_dates_to_build, which does not name them "
                "all: a full refresh must select that model too"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
