-- A row here is a combination of levels without a segment, or with several: mend seeds/rfm_segments.csv.
with

levels as (

    select 'high' as score_level
    union all
    select 'mid' as score_level
    union all
    select 'low' as score_level

),

combinations as (

    select
        recency.score_level as recency_level,
        frequency.score_level as frequency_level,
        monetary.score_level as monetary_level
    from levels as recency
    cross join levels as frequency
    cross join levels as monetary

)

select
    combinations.recency_level,
    combinations.frequency_level,
    combinations.monetary_level,
    count(segments.rfm_segment) as segments_named
from combinations
left join {{ ref('rfm_segments') }} as segments
    on
        combinations.recency_level = segments.recency_level
        and combinations.frequency_level = segments.frequency_level
        and combinations.monetary_level = segments.monetary_level
group by combinations.recency_level, combinations.frequency_level, combinations.monetary_level
having count(segments.rfm_segment) <> 1
