{%- set apps = var('excluded_apps') or ['no app has this name'] -%}

with

as_of as (

    select * from {{ ref('int_as_of') }}

),

lines as (

    select * from {{ ref('stg_pos__order_items') }}

),

counted as (

    select count(*) as lines_counted from {{ ref('fct_order_items') }}

),

placed as (

    select
        count(*) as lines_in_warehouse,
        sum(case when lines.business_date > as_of.as_of_date then 1 else 0 end) as lines_after_as_of,
        sum(
            case
                when
                    lines.business_date > as_of.as_of_date
                    or coalesce(lines.app_name, '') in ({{ quoted_list(apps) }})
                    then 1
                else 0
            end
        ) as lines_left_out
    from lines
    cross join as_of

),

final as (

    select
        cast(as_of.as_of_date as date) as as_of_date,
        cast(placed.lines_in_warehouse as bigint) as lines_in_warehouse,
        cast(counted.lines_counted as bigint) as lines_counted,
        cast(placed.lines_left_out as bigint) as lines_left_out,
        cast(placed.lines_after_as_of as bigint) as lines_after_as_of
    from as_of
    cross join placed
    cross join counted

)

select * from final
