-- On the dates of this build: joining options to lines changes neither the number of lines nor the money of either.
-- A row here names what differs between the staged rows that count and fct_order_items.
with

dates as (

    select business_date from {{ ref('int_dates_to_build') }}
    where
        is_touched
        and loaded_at is not null

),

items as (

    select
        items.order_id,
        items.lineitem_id,
        items.item_price,
        items.item_quantity
    from {{ ref('stg_pos__order_items') }} as items
    inner join dates on items.business_date = dates.business_date
    where
        coalesce(items.app_name, '') not in ({{ quoted_list(var('excluded_apps') or ['no app has this name']) }})

),

item_money as (

    select
        count(*) as lines_staged,
        coalesce(
            sum(item_price {% if var('item_price_basis') == 'unit' %} * item_quantity {% endif %}), 0
        ) as money_staged
    from items

),

option_money as (

    select
        coalesce(
            sum(
                chosen.option_price * chosen.option_quantity
                {% if var('options_per_unit') %} * items.item_quantity {% endif %}
            ), 0
        ) as money_staged
    from {{ ref('stg_pos__order_item_options') }} as chosen
    inner join dates on chosen.business_date = dates.business_date
    inner join items
        on
            chosen.order_id = items.order_id
            and chosen.lineitem_id = items.lineitem_id

),

facts as (

    select
        count(*) as lines_in_facts,
        coalesce(sum(facts.net_revenue), 0) as money_in_facts
    from {{ ref('fct_order_items') }} as facts
    inner join dates on facts.business_date = dates.business_date

)

select
    item_money.lines_staged,
    facts.lines_in_facts,
    item_money.money_staged + option_money.money_staged as money_staged,
    facts.money_in_facts
from item_money
cross join option_money
cross join facts
where
    item_money.lines_staged <> facts.lines_in_facts
    or item_money.money_staged + option_money.money_staged <> facts.money_in_facts
