with

partitions as (

    select
        entity,
        cast(business_date as date) as business_date,
        row_count,
        price_total,
        superseded,
        superseded_price_total
    from {{ ref('stg_pos__partitions') }}
    where entity in ('order_items', 'order_item_options')

),

stored as (

    select
        entity,
        business_date,
        sum(warehouse_rows) as warehouse_rows,
        sum(warehouse_money) as warehouse_money,
        sum(mart_rows) as mart_rows,
        sum(mart_money) as mart_money
    from {{ ref('int_deliveries_stored') }}
    where business_date is not null
    group by entity, business_date

),

joined as (

    select
        partitions.*,
        coalesce(stored.warehouse_rows, 0) as warehouse_rows,
        coalesce(stored.warehouse_money, 0) as warehouse_money,
        coalesce(stored.mart_rows, 0) as mart_rows,
        coalesce(stored.mart_money, 0) as mart_money
    from partitions
    left join stored
        on
            partitions.entity = stored.entity
            and partitions.business_date = stored.business_date

),

final as (

    select
        cast(entity as varchar(64)) as entity,
        cast(business_date as date) as business_date,
        cast(row_count as bigint) as normalized_rows,
        cast(price_total as decimal(38, 4)) as normalized_money,
        cast(superseded as bigint) as superseded_rows,
        cast(superseded_price_total as decimal(38, 4)) as superseded_money,
        cast(warehouse_rows as bigint) as warehouse_rows,
        cast(warehouse_money as decimal(38, 4)) as warehouse_money,
        cast(case when entity = 'order_items' then mart_rows end as bigint) as mart_rows,
        cast(case when entity = 'order_items' then mart_money end as decimal(38, 4)) as mart_money,
        cast(case when entity = 'order_items' then warehouse_rows - mart_rows end as bigint) as left_out_rows,
        row_count = warehouse_rows
        and price_total = warehouse_money
        and warehouse_rows >= mart_rows as is_reconciled
    from joined

)

select * from final
