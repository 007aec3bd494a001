with

source as (

    select * from {{ source('operations', 'rejected_rows') }}

),

final as (

    select
        landing_id,
        source_row,
        column_name,
        value,
        reason,
        message,
        remedy
    from source

)

select * from final
