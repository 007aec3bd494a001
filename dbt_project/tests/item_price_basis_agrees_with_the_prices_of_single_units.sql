-- What ITEM_PRICE means, inferred from lines of several units of the last 90 days: is their price the one that the
-- same restaurant asks for a single unit (basis `unit`), or a multiple of it (basis `line`)? Only lines that fit one
-- reading alone count, of items with few prices. A row here is the evidence that the var item_price_basis is wrong:
-- at least 30 such lines of 3 items, and 9 of 10 lines say so.
{%- set fits, contradicts = (
    ('fits_line', 'fits_unit') if var('item_price_basis') == 'line' else ('fits_unit', 'fits_line')
) %}
with

recent as (

    select
        items.restaurant_id,
        items.item_name,
        items.item_price,
        items.item_quantity
    from {{ ref('stg_pos__order_items') }} as items
    cross join {{ ref('int_as_of') }} as as_of
    where
        as_of.as_of_date - items.business_date between 0 and 89
        and items.item_price > 0
        and items.item_quantity > 0
        and items.item_name is not null

),

single_prices as (

    select distinct
        restaurant_id,
        item_name,
        item_price
    from recent
    where item_quantity = 1

),

steady_items as (

    select
        restaurant_id,
        item_name
    from single_prices
    group by restaurant_id, item_name
    having count(*) <= 10

),

several as (

    select
        restaurant_id,
        item_name,
        item_price,
        item_quantity,
        count(*) as line_count
    from recent
    where item_quantity > 1
    group by restaurant_id, item_name, item_price, item_quantity

),

compared as (

    select
        several.restaurant_id,
        several.item_name,
        several.item_price,
        several.item_quantity,
        several.line_count,
        max(case when single_prices.item_price = several.item_price then 1 else 0 end) as fits_unit,
        max(case when single_prices.item_price * several.item_quantity = several.item_price then 1 else 0 end)
            as fits_line
    from several
    inner join steady_items
        on
            several.restaurant_id = steady_items.restaurant_id
            and several.item_name = steady_items.item_name
    inner join single_prices
        on
            several.restaurant_id = single_prices.restaurant_id
            and several.item_name = single_prices.item_name
    group by
        several.restaurant_id,
        several.item_name,
        several.item_price,
        several.item_quantity,
        several.line_count

),

evidence as (

    select
        '{{ var("item_price_basis") }}' as item_price_basis,
        sum({{ fits }} * line_count) as lines_that_agree,
        sum({{ contradicts }} * line_count) as lines_that_contradict,
        count(distinct case when {{ contradicts }} = 1 then item_name end) as items_that_contradict,
        min(
            case
                when {{ contradicts }} = 1
                    then
                        item_name || ': ' || cast(item_quantity as varchar(20)) || ' units for '
                        || cast(item_price as varchar(40))
            end
        ) as example
    from compared
    where fits_unit <> fits_line

)

select * from evidence
where
    lines_that_agree + lines_that_contradict >= 30
    and items_that_contradict >= 3
    and lines_that_contradict >= 9 * lines_that_agree
