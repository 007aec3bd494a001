{% macro built_with() -%}
    {%- set settings = [] -%}
    {%- for name in [
        'excluded_apps', 'item_price_basis', 'options_per_unit', 'week_start',
        'exclude_non_individuals', 'non_individual_lines', 'non_individual_orders_per_day',
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
        {{ return(adapter.get_relation(this.database, this.schema, name)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{% macro forget_dates() -%}
    {%- set dates = ref('int_dates_to_build') -%}
    {{ refuse_partial_full_refresh() }}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where business_date in (select business_date from {{ dates }} where is_touched)
    {%- endif -%}
{%- endmacro %}

{% macro forget_customers() -%}
    {%- set dates, orders = ref('int_dates_to_build'), ref('fct_orders') -%}
    {{ refuse_partial_full_refresh() }}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where customer_id in (
            select held.customer_id
            from {{ this }} as held
            inner join {{ dates }} as dates on held.business_date = dates.business_date and dates.is_touched
            union all
            select orders.customer_id
            from {{ orders }} as orders
            inner join {{ dates }} as dates on orders.business_date = dates.business_date and dates.is_touched
            where orders.customer_id is not null
        )
    {%- endif -%}
{%- endmacro %}

{% macro forget_periods() -%}
    {%- set periods = ref('int_periods_to_build') -%}
    {{ refuse_partial_full_refresh() }}
    {%- if is_incremental() -%}
        delete from {{ this }}
        using {{ periods }} as touched
        where
            {{ this.identifier }}.period_grain = touched.period_grain
            and {{ this.identifier }}.period_start = touched.period_start
    {%- endif -%}
{%- endmacro %}

{% macro refuse_partial_full_refresh() -%}
    {%- if execute and flags.FULL_REFRESH and 'model.franchise.int_dates_to_build' not in selected_resources -%}
        {%- set node = graph.nodes['model.franchise.int_dates_to_build'] -%}
        {%- set dates = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if not dates or run_query('select 1 from ' ~ dates ~ ' where not is_touched limit 1').rows | length > 0 -%}
            {{ exceptions.raise_compiler_error(
                this.identifier ~ " takes the business dates to build from int_dates_to_build, which does not name them "
                "all: a full refresh must select that model too"
            ) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
