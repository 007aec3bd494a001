with

source as (

    select * from {{ source('operations', 'deliveries') }}

),

final as (

    select
        landing_id,
        file_id,
        name as file_name,
        path,
        entity,
        status,
        reason,
        message,
        state,
        modified_at,
        landed_at,
        lines,
        header_lines,
        loaded,
        rejected,
        blank,
        embedded_newlines,
        price_total
    from source

)

select * from final
