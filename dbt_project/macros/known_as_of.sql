{% macro known_as_of(customers, column) -%}
    select
        customers.customer_id,
        customers.{{ column }},
        cast(as_of.as_of_date as timestamp) as as_of_at
    from {{ customers }} as customers
    cross join {{ ref('int_as_of') }} as as_of
    {%- if execute and load_relation(this) %}
    {%- set last_day = '(select max(cast(dbt_valid_from as date)) from ' ~ this ~ ')' %}
    where as_of.as_of_date >= coalesce({{ last_day }}, cast('0001-01-01' as date))
    union all
    select
        gone.customer_id,
        customers.{{ column }}, -- null, and as wide as the mart's: a wider one would remake the column
        cast(as_of.as_of_date as timestamp) as as_of_at
    from {{ this }} as gone
    cross join {{ ref('int_as_of') }} as as_of
    left join {{ customers }} as customers on gone.customer_id = customers.customer_id
    where
        customers.customer_id is null
        and gone.dbt_valid_to is null
        and gone.{{ column }} is not null
        and as_of.as_of_date >= {{ last_day }}
    {%- endif %}
{%- endmacro %}
