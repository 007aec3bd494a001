with

deliveries as (

    select * from {{ ref('stg_operations__deliveries') }}

),

stored as (

    select
        entity,
        landing_id,
        sum(warehouse_rows) as warehouse_rows,
        sum(warehouse_money) as warehouse_money,
        sum(mart_rows) as mart_rows,
        sum(mart_money) as mart_money
    from {{ ref('int_deliveries_stored') }}
    group by entity, landing_id

),

-- what normalize counted as superseded, pending options among it
counted as (

    select
        case when entity = 'order_items' then entity else 'order_item_options' end as entity,
        sum(superseded) as superseded_rows,
        sum(superseded_price_total) as superseded_money
    from {{ ref('stg_pos__partitions') }}
    where entity <> 'restaurants'
    group by case when entity = 'order_items' then entity else 'order_item_options' end

),

joined as (

    select
        deliveries.*,
        coalesce(deliveries.price_total, 0) as cleaned_money,
        coalesce(stored.warehouse_rows, 0) as warehouse_rows,
        coalesce(stored.warehouse_money, 0) as warehouse_money,
        coalesce(stored.mart_rows, 0) as mart_rows,
        coalesce(stored.mart_money, 0) as mart_money,
        case when deliveries.state = 'live' then deliveries.loaded else 0 end as live_rows,
        case when deliveries.state = 'live' then coalesce(deliveries.price_total, 0) else 0 end as live_money
    from deliveries
    left join stored
        on
            deliveries.landing_id = stored.landing_id
            and deliveries.entity = stored.entity
    where coalesce(deliveries.entity, '') <> 'restaurants'

),

remaining as (

    select
        joined.*,
        joined.live_rows - joined.warehouse_rows as superseded_rows,
        joined.live_money - joined.warehouse_money as superseded_money,
        sum(joined.live_rows - joined.warehouse_rows) over (partition by joined.entity)
        = coalesce(counted.superseded_rows, 0)
        and sum(joined.live_money - joined.warehouse_money) over (partition by joined.entity)
        = coalesce(counted.superseded_money, 0) as is_what_normalize_counted
    from joined
    left join counted on joined.entity = counted.entity

),

final as (

    select
        cast(landing_id as varchar(64)) as landing_id,
        cast(path as varchar(4000)) as path,
        cast(entity as varchar(64)) as entity,
        cast(status as varchar(64)) as status,
        cast(state as varchar(64)) as state,
        cast(lines as bigint) as lines,
        cast(loaded as bigint) as cleaned_rows,
        cast(rejected as bigint) as rejected_rows,
        cast(header_lines + blank + embedded_newlines as bigint) as other_lines,
        cast(cleaned_money as decimal(38, 4)) as cleaned_money,
        cast(loaded - live_rows as bigint) as not_live_rows,
        cast(superseded_rows as bigint) as superseded_rows,
        cast(superseded_money as decimal(38, 4)) as superseded_money,
        cast(warehouse_rows as bigint) as warehouse_rows,
        cast(warehouse_money as decimal(38, 4)) as warehouse_money,
        cast(case when entity = 'order_items' then warehouse_rows - mart_rows end as bigint) as left_out_rows,
        cast(case when entity = 'order_items' then mart_rows end as bigint) as mart_rows,
        cast(case when entity = 'order_items' then mart_money end as decimal(38, 4)) as mart_money,
        lines = header_lines + loaded + rejected + blank + embedded_newlines
        and (
            (superseded_rows = 0 and superseded_money = 0)
            or (superseded_rows > 0 and is_what_normalize_counted)
        )
        and warehouse_rows >= mart_rows as is_reconciled
    from remaining

)

select * from final
