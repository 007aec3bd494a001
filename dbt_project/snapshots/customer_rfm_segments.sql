{% snapshot customer_rfm_segments %}

{{ config(unique_key='customer_id', strategy='check', check_cols=['rfm_segment'], updated_at='as_of_at') }}

select
    customers.customer_id,
    customers.rfm_segment,
    cast(as_of.as_of_date as timestamp) as as_of_at
from {{ ref('customer_rfm') }} as customers
cross join {{ ref('int_as_of') }} as as_of
{{ unless_history_is_ahead('as_of.as_of_date') }}

{% endsnapshot %}
