"""The same rows as normalize, by a hand-written DuckDB script: what the engines are measured by.

It knows nothing of ledgers' hashes, revisions, increments, waiting options of earlier runs or
crashes: it reads every clean file, writes Parquet by business date, and sums what it wrote.
"""

import json
import sys
from pathlib import Path

import duckdb

SCRIPT = """
set timezone = 'UTC';
create temp table won as
select i.*, first_value(restaurant_id) over earliest as order_restaurant_id,
    first_value(created_at) over earliest as ordered_at
from (
    select *, row_number() over (partition by order_id, lineitem_id
        order by _delivered_at desc, _landing_id desc, _source_row desc) = 1 as is_last
    from read_parquet({items})
) i
where is_last
window earliest as (partition by order_id order by created_at, lineitem_id);

create temp table lines as
select order_id, lineitem_id, order_restaurant_id, w.restaurant_id, user_id, card_hash, app_name,
    currency, is_loyalty, item_category, item_name, item_price, item_quantity, created_at,
    ordered_at,
    timezone(coalesce(r.timezone, 'America/New_York'), ordered_at::timestamptz) as ordered_at_local,
    ordered_at_local::date as ordered_on, w._landing_id, w._source_row, w._delivered_at
from won w left join read_parquet({restaurants}) r on r.restaurant_id = w.order_restaurant_id;
drop table won;

copy (select *, ordered_on as business_date from lines)
    to '{out}/order_items' (format parquet, compression zstd, partition_by (business_date));

copy (
    select o.order_id, o.lineitem_id, option_group_name, option_name, option_price,
        option_quantity, ordered_on, o._landing_id, o._source_row, o._delivered_at,
        coalesce(ordered_on::varchar, 'pending') as business_date
    from (
        select *, bool_or(comes_again) over (partition by order_id, age) as is_replaced
        from (
            select *, max(age) over (partition by order_id, lineitem_id) > age as comes_again
            from (
                select *, dense_rank() over (partition by order_id
                    order by _delivered_at, _landing_id) as age
                from read_parquet({options})
            )
        )
    ) o
    left join lines l on l.order_id = o.order_id and l.lineitem_id = o.lineitem_id
    where not is_replaced
) to '{out}/order_item_options' (format parquet, compression zstd, partition_by (business_date));
"""


def main(lake: Path, out: Path) -> None:
    """Normalize a lake of `benchmarks.normalize_lake` into `out`; print rows and money."""
    files: dict[str, list[str]] = {"order_items": [], "order_item_options": [], "restaurants": []}
    for path in sorted((lake / "clean" / "ledger").glob("*.json")):
        ledger = json.loads(path.read_text())
        files[ledger["entity"]].append(str(lake / ledger["outputs"]["clean"]["key"]))
    out.mkdir(parents=True)
    connection = duckdb.connect()
    connection.execute("set threads = 2; set preserve_insertion_order = false")
    connection.execute(
        SCRIPT.format(
            items=files["order_items"],
            options=files["order_item_options"],
            restaurants=files["restaurants"],
            out=out,
        )
    )
    for entity, price in (("order_items", "item_price"), ("order_item_options", "option_price")):
        query = f"select count(*), sum({price}) from read_parquet('{out}/{entity}/*/*.parquet')"
        print(entity, *connection.execute(query).fetchone())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
