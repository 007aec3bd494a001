-- A row here: the as_of_date that was asked for lies before the first order, so nothing would count.
select
    cast('{{ var("as_of_date") or "9999-12-31" }}' as date) as as_of_date,
    min(business_date) as first_business_date
from {{ ref('stg_pos__order_items') }}
having min(business_date) > cast('{{ var("as_of_date") or "9999-12-31" }}' as date)
