-- Everything waits for this model, hence for the tests of the seeds: nothing is built with a wrong one.
-- depends_on: {{ ref('dayparts') }}
-- depends_on: {{ ref('rfm_segments') }}
-- depends_on: {{ ref('holidays') }}
-- depends_on: {{ ref('item_categories') }}
with

order_items as (

    select * from {{ ref('stg_pos__order_items') }}

),

final as (

    select
        cast({{ "'" ~ var('as_of_date') ~ "'" if var('as_of_date') else 'max(business_date)' }} as date) as as_of_date
    from order_items
    {% if var('excluded_apps') %}
    where coalesce(app_name, '') not in ({{ quoted_list(var('excluded_apps')) }})
    {% endif %}
    having count(*) > 0

)

select * from final
