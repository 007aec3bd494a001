with

order_items as (

    select * from {{ ref('stg_pos__order_items') }}

),

final as (

    select
        {% if var('as_of_date') %}
        cast('{{ var("as_of_date") }}' as date) as as_of_date
        {% else %}
        cast(max(business_date) as date) as as_of_date
        {% endif %}
    from order_items
    {% if var('excluded_apps') %}
    where coalesce(app_name, '') not in ({{ quoted_list(var('excluded_apps')) }})
    {% endif %}
    having count(*) > 0

)

select * from final
