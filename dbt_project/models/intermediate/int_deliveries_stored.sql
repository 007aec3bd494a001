with

as_of as (

    select * from {{ ref('int_as_of') }}

),

-- what lies after the as-of date or waits for its line is in the warehouse and in no mart
not_counted as (

    select
        'order_items' as entity,
        items._landing_id as landing_id,
        items.business_date,
        items.item_price as price
    from {{ ref('stg_pos__order_items') }} as items
    inner join as_of on items.business_date > as_of.as_of_date
    union all
    select
        'order_item_options' as entity,
        chosen._landing_id as landing_id,
        chosen.business_date,
        chosen.option_price as price
    from {{ ref('stg_pos__order_item_options') }} as chosen
    inner join as_of on chosen.business_date > as_of.as_of_date
    union all
    select
        'order_item_options' as entity,
        _landing_id as landing_id,
        cast(null as date) as business_date,
        option_price as price
    from {{ ref('stg_operations__pending_order_item_options') }}

),

stored as (

    select * from {{ ref('int_deliveries_counted') }}
    union all
    select
        entity,
        landing_id,
        business_date,
        1 as warehouse_rows,
        price as warehouse_money,
        0 as mart_rows,
        0 as mart_money
    from not_counted

),

final as (

    select
        cast(entity as varchar(64)) as entity,
        cast(landing_id as varchar(64)) as landing_id,
        cast(business_date as date) as business_date,
        cast(sum(warehouse_rows) as bigint) as warehouse_rows,
        cast(sum(warehouse_money) as decimal(38, 4)) as warehouse_money,
        cast(sum(mart_rows) as bigint) as mart_rows,
        cast(sum(mart_money) as decimal(38, 4)) as mart_money
    from stored
    group by entity, landing_id, business_date

)

select * from final
