-- depends_on: {{ ref('customer_clv_history') }}
-- depends_on: {{ ref('fct_order_items') }}
-- depends_on: {{ ref('int_deliveries_counted') }}
-- depends_on: {{ ref('int_location_periods_summed') }}
-- depends_on: {{ ref('sales_by_location') }}
-- depends_on: {{ ref('sales_trends') }}
with

dates as (

    select * from {{ ref('int_dates_to_build') }}

),

final as (

    select
        business_date,
        loaded_at,
        cast('{{ built_with() }}' as varchar(32)) as built_with
    from dates
    where loaded_at is not null

)

select * from final
