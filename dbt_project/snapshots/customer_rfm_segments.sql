{% snapshot customer_rfm_segments %}

{{ config(unique_key='customer_id', strategy='check', check_cols=['rfm_segment'], updated_at='as_of_at') }}

-- depends_on: {{ ref('int_as_of') }}
{{ known_as_of(ref('customer_rfm'), 'rfm_segment') }}

{% endsnapshot %}
