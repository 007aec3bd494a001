{%- set built = last_build('int_dates_built') -%}

with

partitions as (

    select * from {{ ref('stg_pos__partitions') }}
    where entity in ('order_items', 'order_item_options')

),

as_of as (

    select * from {{ ref('int_as_of') }}

),

loaded as (

    select
        cast(partitions.business_date as date) as business_date,
        max(partitions.loaded_at) as loaded_at
    from partitions
    inner join as_of on cast(partitions.business_date as date) <= as_of.as_of_date
    group by cast(partitions.business_date as date)

),

built as (

    {% if built %}
    select
        last_build.business_date,
        last_build.loaded_at,
        last_build.built_with
    from {{ built }} as last_build
    {% else %}
    select
        business_date,
        loaded_at,
        '' as built_with
    from loaded
    where 1 = 0
    {% endif %}

),

final as (

    select
        coalesce(loaded.business_date, built.business_date) as business_date,
        loaded.loaded_at,
        coalesce(loaded.loaded_at <> built.loaded_at or built.built_with <> '{{ built_with() }}', true) as is_touched
    from loaded
    full outer join built on loaded.business_date = built.business_date

)

select * from final
