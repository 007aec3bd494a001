with

rejected_rows as (

    select * from {{ ref('stg_operations__rejected_rows') }}

),

deliveries as (

    select * from {{ ref('stg_operations__deliveries') }}

),

final as (

    select
        cast(rejected_rows.landing_id as varchar(64)) as landing_id,
        cast(deliveries.path as varchar(4000)) as path,
        cast(deliveries.entity as varchar(64)) as entity,
        cast(deliveries.modified_at as timestamp) as delivered_at,
        cast(deliveries.state as varchar(64)) as delivery_state,
        cast(rejected_rows.source_row as bigint) as source_row,
        cast(rejected_rows.column_name as varchar(4000)) as column_name,
        cast(rejected_rows.value as varchar(4000)) as masked_value,
        cast(rejected_rows.reason as varchar(4000)) as reason,
        cast(rejected_rows.message as varchar(4000)) as message,
        cast(rejected_rows.remedy as varchar(4000)) as remedy
    from rejected_rows
    inner join deliveries on rejected_rows.landing_id = deliveries.landing_id

)

select * from final
