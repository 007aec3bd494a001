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
        'order_items' as entity,
        business_date,
        count(*) as warehouse_rows,
        sum(item_price) as warehouse_money
    from {{ ref('stg_pos__order_items') }}
    group by business_date
    union all
    select
        'order_item_options' as entity,
        business_date,
        count(*) as warehouse_rows,
        sum(option_price) as warehouse_money
    from {{ ref('stg_pos__order_item_options') }}
    group by business_date

),

counted as (

    select
        'order_items' as entity,
        business_date,
        count(*) as mart_rows,
        sum(item_price) as mart_money
    from {{ ref('fct_order_items') }}
    group by business_date

),

joined as (

    select
        partitions.*,
        coalesce(stored.warehouse_rows, 0) as warehouse_rows,
        coalesce(stored.warehouse_money, 0) as warehouse_money,
        coalesce(counted.mart_rows, 0) as mart_rows,
        coalesce(counted.mart_money, 0) as mart_money
    from partitions
    left join stored
        on
            partitions.entity = stored.entity
            and partitions.business_date = stored.business_date
    left join counted
        on
            partitions.entity = counted.entity
            and partitions.business_date = counted.business_date

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
