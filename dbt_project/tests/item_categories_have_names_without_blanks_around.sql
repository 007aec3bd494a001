-- A row here has an empty name or blanks around one, so it could match no line: mend seeds/item_categories.csv.
select
    delivered_category,
    item_category
from {{ ref('item_categories') }}
where
    delivered_category <> trim(delivered_category)
    or item_category <> trim(item_category)
    or delivered_category = ''
    or item_category = ''
