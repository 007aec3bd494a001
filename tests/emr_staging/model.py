"""Normalize in plain Python, slow and obvious: what the rows must be, given every delivery."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DEFAULT_ZONE = "America/New_York"


@dataclass(frozen=True)
class Delivery:
    """One revision of one file, or the news that the file is gone (`rows` is None)."""

    entity: str
    file: str
    at: str
    rows: tuple | None
    is_readable: bool = True


def expected_rows(deliveries, landings, retract, start_hour):
    """Sorted (date or pending, entity, order, line, price, local time) of all rows that count.

    `landings`: delivery -> landing id.
    """
    live = live_deliveries(deliveries, landings, retract)
    zones = {r["restaurant_id"]: r["timezone"] or DEFAULT_ZONE for r in _rows(live, "restaurants")}
    lines = {(r["order_id"], r["lineitem_id"]): r for r in _rows(live, "order_items")}
    local = {order: _local(lines, order, zones) for order, _ in lines}
    dates = {o: str((t - timedelta(hours=start_hour)).date()) for o, t in local.items()}
    found = [
        (dates[o], "order_items", o, li, row["item_price"], str(local[o]))
        for (o, li), row in lines.items()
    ]
    for row in _standing_options(live):
        order, line = row["order_id"], row["lineitem_id"]
        date = dates[order] if (order, line) in lines else "pending"
        found.append((date, "order_item_options", order, line, row["option_price"], None))
    return sorted(found, key=str)


def _rows(live, entity):
    """Rows of an entity, those of the latest delivery last."""
    return [dict(row) for delivery in live if delivery.entity == entity for row in delivery.rows]


def _standing_options(live):
    """Options but for those of which, or of a neighbour of which, a later delivery has the line."""
    files = [[dict(r) for r in d.rows] for d in live if d.entity == "order_item_options"]
    found = []
    for number, rows in enumerate(files):
        later = {(r["order_id"], r["lineitem_id"]) for file in files[number + 1 :] for r in file}
        replaced = {r["order_id"] for r in rows if (r["order_id"], r["lineitem_id"]) in later}
        found += [row for row in rows if row["order_id"] not in replaced]
    return found


def live_deliveries(deliveries, landings, retract):
    """Latest revisions that are readable, not gone, and no copy of another; the latest is last."""
    latest, gone = {}, defaultdict(str)
    for delivery in deliveries:
        if delivery.rows is None:
            gone[delivery.file] = max(gone[delivery.file], delivery.at)
        else:
            held = latest.get(delivery.file, delivery)
            latest[delivery.file] = max(held, delivery, key=lambda d: (d.at, landings[d]))
    newest = {
        file: max(d.at for d in deliveries if d.file == file and d.rows is not None)
        for file in latest
    }
    live, seen = [], set()
    for delivery in sorted(latest.values(), key=lambda d: (d.at, landings[d])):
        withdrawn = retract and gone[delivery.file] >= newest[delivery.file]
        if withdrawn or not delivery.is_readable or (delivery.entity, delivery.rows) in seen:
            continue
        if delivery.rows:
            seen.add((delivery.entity, delivery.rows))
        live.append(delivery)
    return live


def _local(lines, order, zones):
    own = [row for (o, _), row in lines.items() if o == order]
    first = min(own, key=lambda row: (row["created_at"], row["lineitem_id"]))
    moment = datetime.fromisoformat(first["created_at"] + "+00:00")
    zone = zones.get(first["restaurant_id"], DEFAULT_ZONE)
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
