{% snapshot customer_clv_tiers %}

{{ config(unique_key='customer_id', strategy='check', check_cols=['clv_tier'], updated_at='as_of_at') }}

-- depends_on: {{ ref('int_as_of') }}
{{ known_as_of(ref('customer_clv'), 'clv_tier') }}

{% endsnapshot %}
