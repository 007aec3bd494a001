"""A lake of any size as clean leaves it: Parquet and ledgers of a franchise, for benchmarks.

`python -m benchmarks.normalize_lake LAKE --restaurants 60 --days 365` is 2.0 million order lines
and 1.0 million options. 1 % of the lines come a second time, corrected, in a file of corrections.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.outputs import COMPRESSION, FOR_FEW_ROWS
from lake import layout
from lake.folder import FolderStore

ORDERS_PER_DAY = 42  # of one restaurant; 2.2 lines each
LINES_PER_ORDER = 2.2
FIRST_DAY = date(2021, 1, 1)
SMALL = 10_000  # rows of a file that clean writes as a small one
# Order ids rise with time, as 24 hex digits; or have no order at all.
IDS = {
    "rising": "printf('%08x%04x%012x', epoch(created_at)::bigint, restaurant, order_number)",
    "random": "md5(concat(day, '-', restaurant, '-', order_number))[:24]",
}
LINES = """
with orders as (
    select day, restaurant, order_number,
        (hash(day, restaurant, order_number) >> 2)::bigint as luck,
        timestamp '{first}' + day * interval 1 day + interval 12 hour
            + (luck % 50000) * interval 1 second as created_at
    from range({start}, {stop}) as d(day), range({restaurants}) as r(restaurant),
        range({orders}) as o(order_number)
), lines as (
    select *, unnest(range(1 + (luck // 7 % 5 = 0)::int + (luck // 11 % 2)::int
        + (luck // 13 % 2)::int)) as line
    from orders
)
select {order_id} as order_id, printf('%s%02x', order_id[9:], line) as lineitem_id,
    printf('r%04d', restaurant) as restaurant_id,
    if(luck % 3 = 0, null, printf('u%08d', luck // 17 % 400000)) as user_id,
    if(luck % 4 = 0, md5((luck // 17 % 400000)::varchar), null) as card_hash,
    ['App', 'Web', 'Kiosk'][1 + luck % 3] as app_name, 'USD' as currency,
    luck % 4 = 0 as is_loyalty,
    ['Pizza', 'Pasta', 'Salad', 'Drinks'][1 + (luck // 3 + line) % 4] as item_category,
    concat('Item ', (luck // 5 + line) % 80) as item_name,
    ((300 + (luck // 19 + line * 7) % 2500) / 100)::decimal(18, 4) as item_price,
    1::bigint as item_quantity, created_at,
    day, luck, row_number() over (order by day, restaurant, order_number, line) as number
from lines
order by day, restaurant, order_number, line
"""
OPTIONS = """
select order_id, lineitem_id, 'Extras' as option_group_name,
    concat('Option ', luck % 30) as option_name,
    ((luck // 23 % 300) / 100)::decimal(18, 4) as option_price, 1::bigint as option_quantity,
    restaurant_id, day, number
from lines where number % 2 = 0
order by number
"""
MONEY = {"order_items": "item_price", "order_item_options": "option_price"}


def build(
    store: FolderStore, restaurants: int, days: range, files: str, ids: str = "rising"
) -> int:
    """Write the lake; the number of order lines. `files`: large (a month) or small (a day each)."""
    connection = duckdb.connect()
    connection.execute("set threads = 2; set preserve_insertion_order = true")
    lines = 0
    for start in range(days.start, days.stop, 30):
        stop = min(start + 30, days.stop)
        lines += _months(connection, store, restaurants, start, stop, files == "small", IDS[ids])
    zones = ["America/New_York", "America/Chicago", "America/Los_Angeles"]
    table = pa.table(
        {
            "restaurant_id": [f"r{n:04d}" for n in range(restaurants)],
            "restaurant_name": [f"Restaurant {n}" for n in range(restaurants)],
            "timezone": [zones[n % 3] for n in range(restaurants)],
            "opened_on": pa.array([FIRST_DAY] * restaurants),
            "city": pa.nulls(restaurants, pa.string()),
            "region": pa.nulls(restaurants, pa.string()),
        }
    )
    deliver(store, "restaurants", "restaurants", table, 0)
    return lines


def deliver(store: FolderStore, entity: str, file: str, rows: pa.Table, day: int) -> None:
    """One delivered file as clean leaves it: its Parquet, then its ledger."""
    sha256 = hashlib.sha256(file.encode()).hexdigest()
    landing = layout.landing_id(file, sha256)
    at = f"{FIRST_DAY + timedelta(days=day + 1)}T11:00:00"
    n = rows.num_rows
    moment = pa.scalar(at).cast(pa.timestamp("us"))
    lineage = {
        "_landing_id": pa.repeat(landing, n),
        "_source_row": pa.array(range(2, n + 2), pa.int64()),
        "_delivered_at": pa.repeat(moment, n),
    }
    for name, column in lineage.items():
        rows = rows.append_column(name, column)
    key = layout.clean(entity, landing)
    path = Path(store.url(key))
    path.parent.mkdir(parents=True, exist_ok=True)
    if rows.num_rows < SMALL:
        pq.write_table(rows, path, **FOR_FEW_ROWS)
    else:
        pq.write_table(rows, path, compression=COMPRESSION)
    data = path.read_bytes()
    output = {"key": key, "rows": n, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    price = MONEY.get(entity)
    ledger = {
        "schema_version": 1,
        "contract_version": 1,
        "landing_id": landing,
        "file_id": file,
        "sha256": sha256,
        "path": file,
        "modified_at": f"{at}.000Z",
        "version": 1,
        "landed_at": f"{at}.000Z",
        "entity": entity,
        "status": "loaded",
        "counts": {"loaded": n},
        "money": {price: str(pc.sum(rows[price]).as_py() or 0)} if price else {},
        "outputs": {"clean": output, "rejects": None},
    }
    target = Path(store.url(layout.ledger(landing)))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(ledger))


def _months(
    connection: duckdb.DuckDBPyConnection,
    store: FolderStore,
    restaurants: int,
    start: int,
    stop: int,
    is_small: bool,
    order_id: str,
) -> int:
    query = LINES.format(
        first=FIRST_DAY,
        start=start,
        stop=stop,
        restaurants=restaurants,
        orders=ORDERS_PER_DAY,
        order_id=order_id,
    )
    connection.execute(f"create or replace temp table lines as {query}")
    items = connection.execute("from lines order by number").to_arrow_table()
    options = connection.execute(OPTIONS).to_arrow_table()
    again = connection.execute(
        "select * replace (item_price + 1 as item_price) from lines where number % 100 = 7 "
        "order by number"
    ).to_arrow_table()
    deliveries = [
        *_split("order_items", items.drop_columns(["luck", "number"]), start, is_small),
        *_split("order_item_options", options.drop_columns(["number"]), start, is_small),
        (
            "order_items",
            f"corrections {start}",
            again.drop_columns(["luck", "number", "day"]),
            stop,
        ),
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda delivery: deliver(store, *delivery), deliveries))
    return items.num_rows


def _split(
    entity: str, rows: pa.Table, start: int, is_small: bool
) -> Iterator[tuple[str, str, pa.Table, int]]:
    """The rows as one file, or as one per restaurant and day; they come sorted by both."""
    extra = ["day"] if entity == "order_items" else ["day", "restaurant_id"]
    if not is_small:
        yield entity, f"{entity} {start}", rows.drop_columns(extra), start + 30
        return
    groups = rows.group_by(["day", "restaurant_id"], use_threads=False)
    groups = groups.aggregate([([], "count_all")])
    offset = 0
    for group in groups.to_pylist():
        part = rows.slice(offset, group["count_all"]).drop_columns(extra)
        yield entity, f"{entity} {group['restaurant_id']} {group['day']}", part, group["day"]
        offset += group["count_all"]


def main() -> None:
    """Build a lake."""
    parser = argparse.ArgumentParser("python -m benchmarks.normalize_lake", description=__doc__)
    parser.add_argument("lake", type=Path)
    parser.add_argument("--restaurants", type=int, default=60)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--first-day", type=int, default=0, help="days that are there already")
    parser.add_argument("--files", choices=("large", "small"), default="large")
    parser.add_argument("--ids", choices=IDS, default="rising")
    given = parser.parse_args()
    store = FolderStore(given.lake)
    days = range(given.first_day, given.first_day + given.days)
    print(build(store, given.restaurants, days, given.files, given.ids), "order lines")


if __name__ == "__main__":
    main()
