{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ forget_dates() }}',
) }}

with

dates as (

    select business_date from {{ ref('int_dates_to_build') }}
    where
        is_touched
        and loaded_at is not null

),

counted as (

    select
        'order_items' as entity,
        items._landing_id,
        items.business_date,
        1 as warehouse_rows,
        items.item_price as warehouse_money,
        0 as mart_rows,
        0 as mart_money
    from {{ ref('stg_pos__order_items') }} as items
    inner join dates on items.business_date = dates.business_date
    union all
    select
        'order_item_options' as entity,
        chosen._landing_id,
        chosen.business_date,
        1 as warehouse_rows,
        chosen.option_price as warehouse_money,
        0 as mart_rows,
        0 as mart_money
    from {{ ref('stg_pos__order_item_options') }} as chosen
    inner join dates on chosen.business_date = dates.business_date
    union all
    select
        'order_items' as entity,
        facts._landing_id,
        facts.business_date,
        0 as warehouse_rows,
        0 as warehouse_money,
        1 as mart_rows,
        facts.item_price as mart_money
    from {{ ref('fct_order_items') }} as facts
    inner join dates on facts.business_date = dates.business_date

),

final as (

    select
        cast(entity as varchar(64)) as entity,
        cast(_landing_id as varchar(64)) as landing_id,
        cast(business_date as date) as business_date,
        cast(sum(warehouse_rows) as bigint) as warehouse_rows,
        cast(sum(warehouse_money) as decimal(38, 4)) as warehouse_money,
        cast(sum(mart_rows) as bigint) as mart_rows,
        cast(sum(mart_money) as decimal(38, 4)) as mart_money
    from counted
    group by entity, _landing_id, business_date

)

select * from final
