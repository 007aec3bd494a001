"""The operations marts recomputed from the lake: ledgers, `current.json` and the rows themselves.

Whether a day came in time is judged by `ingestion.delivery_control`, which shares the deadline with
the models and no code.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from ingestion.delivery_control import DayStatus, DeliveryRules, control_deliveries
from tests.oracle.exact import ratio
from tests.oracle.facts import Facts

Rows = list[dict[str, Any]]
Counted = tuple[int, Decimal]  # rows, and the sum of their prices

PRICES = {"order_items": "item_price", "order_item_options": "option_price"}
NOTHING: Counted = (0, Decimal(0))
KINDS = (pl.String, pl.String, pl.Date, pl.String, pl.Decimal(18, 4))


@dataclass
class Lake:
    """What the lake of one franchise says of its files, and which lines the marts count."""

    root: Path
    facts: Facts
    _runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def current(self) -> dict[str, Any]:
        return json.loads((self.root / "normalized" / "current.json").read_text())

    @cached_property
    def ledgers(self) -> list[dict[str, Any]]:
        files = sorted((self.root / "clean" / "ledger").rglob("*.json"))
        return [json.loads(file.read_text()) for file in files]

    @cached_property
    def states(self) -> dict[str, str]:
        files = [self.root / file["key"] for file in self.current["landings"].values()]
        rows = [pl.read_ipc(file, columns=["landing_id", "state"]) for file in files]
        return dict(row for found in rows for row in found.rows())

    def state(self, ledger: dict[str, Any]) -> str | None:
        return self.states.get(ledger["landing_id"])

    def rows(self, entity: str, superseded: bool = False) -> pl.DataFrame:
        """The live rows (pending options among them), or those that later deliveries replaced."""
        columns = ["order_id", "lineitem_id", "business_date", "_landing_id", PRICES[entity]]
        found = [pl.DataFrame(schema=dict(zip(columns, KINDS, strict=True)))]
        for day, dated in self.current["dates"].items():
            run = self._run(dated["run_id"])
            source = run["superseded"] if superseded else run["touched"][day]
            for file in (source or {}).get(entity) or []:
                rows = pl.read_parquet(self.root / file["key"])
                rows = rows.rename({"ordered_on": "business_date"}).select(columns)
                of_day = pl.col("business_date").cast(pl.String) == day
                found.append(rows.filter(of_day) if superseded else rows)
        return pl.concat(found)

    def opened(self) -> dict[str, date]:
        """When headquarters says that each restaurant opened."""
        run_id = self.current.get("restaurants")
        files = self._run(run_id)["restaurants"] if run_id else []
        found: dict[str, date] = {}
        for file in files:
            rows = pl.read_parquet(self.root / file["key"])
            found |= dict(rows.select("restaurant_id", "opened_on").drop_nulls().rows())
        return found

    def replaced(self, entity: str) -> pl.DataFrame:
        """The clean rows of live files that a later delivery of their line (of an option: of any
        line that its file has options of in its order) replaces, told from clean files alone."""
        files = [
            ledger["outputs"]["clean"]["key"]
            for ledger in self.ledgers
            if ledger["entity"] == entity
            and self.state(ledger) == "live"
            and ledger["outputs"]["clean"]
        ]
        versions = ["_delivered_at", "_landing_id", "_source_row"]
        columns = ["order_id", "lineitem_id", *versions, PRICES[entity]]
        rows = [pl.read_parquet(self.root / key, columns=columns) for key in files]
        if not rows:
            return self.rows(entity).clear()
        by_age = pl.concat(rows).sort(versions)
        if entity == "order_items":
            return by_age.filter(~pl.struct("order_id", "lineitem_id").is_last_distinct())
        last = pl.col("_landing_id").last().over("order_id", "lineitem_id")
        again = by_age.with_columns(again=pl.col("_landing_id") != last)
        return again.filter(pl.col("again").any().over("order_id", "_landing_id")).drop("again")

    def _run(self, run_id: str) -> dict[str, Any]:
        if run_id not in self._runs:
            file = self.root / "normalized" / "runs" / f"{run_id}.json"
            self._runs[run_id] = json.loads(file.read_text())
        return self._runs[run_id]

    @cached_property
    def counted_lines(self) -> pl.DataFrame:
        """The lines that the facts hold: neither test traffic nor after the as-of date."""
        keys = self.facts.lines.select("order_id", "lineitem_id")
        return self.rows("order_items").join(keys, on=["order_id", "lineitem_id"], how="semi")


def counts(rows: pl.DataFrame, entity: str, by: str) -> dict[Any, Counted]:
    """Rows and money by landing or by date."""
    found: dict[Any, Counted] = defaultdict(lambda: NOTHING)
    for row in rows.iter_rows(named=True):
        number, total = found[row[by]]
        found[row[by]] = (number + 1, total + row[PRICES[entity]])
    return found


def reconciliation(lake: Lake) -> Rows:
    stored = {entity: counts(lake.rows(entity), entity, "_landing_id") for entity in PRICES}
    replaced = {entity: counts(lake.replaced(entity), entity, "_landing_id") for entity in PRICES}
    in_marts = counts(lake.counted_lines, "order_items", "_landing_id")
    return [
        _of_file(ledger, lake.state(ledger), stored, replaced, in_marts)
        for ledger in lake.ledgers
        if ledger["entity"] != "restaurants"
    ]


def _of_file(
    ledger: dict[str, Any],
    state: str | None,
    stored: dict[str, dict[str, Counted]],
    replaced: dict[str, dict[str, Counted]],
    in_marts: dict[str, Counted],
) -> dict[str, Any]:
    landing, entity, lines = ledger["landing_id"], ledger["entity"], ledger["counts"]
    is_items = entity == "order_items"
    money = Decimal(next(iter((ledger["money"] or {}).values()), "0"))
    rows, total = stored.get(entity, {}).get(landing, NOTHING)
    gone, gone_total = replaced.get(entity, {}).get(landing, NOTHING)
    marts, marts_total = in_marts.get(landing, NOTHING)
    return {
        "landing_id": landing,
        "path": ledger["path"],
        "entity": entity,
        "status": ledger["status"],
        "state": state,
        "lines": lines["lines"],
        "cleaned_rows": lines["loaded"],
        "rejected_rows": lines["rejected"],
        "other_lines": lines["header"] + lines["blank"] + lines["embedded_newlines"],
        "cleaned_money": money,
        "not_live_rows": 0 if state == "live" else lines["loaded"],
        "superseded_rows": gone,
        "superseded_money": gone_total,
        "warehouse_rows": rows,
        "warehouse_money": total,
        "left_out_rows": rows - marts if is_items else None,
        "mart_rows": marts if is_items else None,
        "mart_money": marts_total if is_items else None,
        "is_reconciled": True,
    }


def reconciliation_by_day(lake: Lake) -> Rows:
    in_marts = counts(lake.counted_lines, "order_items", "business_date")
    found = []
    for entity in PRICES:
        stored = counts(lake.rows(entity), entity, "business_date")
        replaced = counts(lake.rows(entity, superseded=True), entity, "business_date")
        for text in lake.current["dates"].keys() - {"pending"}:
            day, is_items = date.fromisoformat(text), entity == "order_items"
            (rows, total), (marts, marts_total) = stored[day], in_marts[day]
            found.append(
                {
                    "entity": entity,
                    "business_date": day,
                    "normalized_rows": rows,
                    "normalized_money": total,
                    "superseded_rows": replaced[day][0],
                    "superseded_money": replaced[day][1],
                    "warehouse_rows": rows,
                    "warehouse_money": total,
                    "mart_rows": marts if is_items else None,
                    "mart_money": marts_total if is_items else None,
                    "left_out_rows": rows - marts if is_items else None,
                    "is_reconciled": True,
                }
            )
    return found


def quarantined_rows(lake: Lake) -> Rows:
    found = []
    for ledger in lake.ledgers:
        if ledger["outputs"]["rejects"]:
            rejects = pl.read_parquet(lake.root / ledger["outputs"]["rejects"]["key"])
            for row in rejects.iter_rows(named=True):
                of_file = {
                    "landing_id": row.pop("_landing_id"),
                    "path": ledger["path"],
                    "entity": ledger["entity"],
                    "delivered_at": _moment(ledger),
                    "delivery_state": lake.state(ledger),
                    "masked_value": row.pop("value"),
                }
                found.append(of_file | row)
    return found


def delivery_days(lake: Lake) -> list[DayStatus]:
    """Delivery control of every day up to the as-of date, when all of them are due."""
    settings = lake.facts.settings
    rules = DeliveryRules(
        deadline=timedelta(hours=settings["delivery_deadline_hours"]),
        start_hour=settings["business_day_start_hour"],
        default_timezone=settings["default_timezone"],
        timezones=lake.current["zones"],
        opened=lake.opened(),
    )
    now = datetime.combine(lake.facts.as_of + timedelta(days=3), time(), UTC)
    days = control_deliveries(lake.ledgers, rules, now)
    return [day for day in days if day.business_date <= lake.facts.as_of]


def delivery_status(lake: Lake) -> Rows:
    by_path = defaultdict(list)
    for ledger in lake.ledgers:
        if ledger["entity"] in ("order_items", None):
            by_path[ledger["path"]].append(ledger)
    dates = _dates_with_rows(lake)
    return [_of_day(day, lake, by_path, dates) for day in delivery_days(lake)]


def _dates_with_rows(lake: Lake) -> dict[str, set[date]]:
    """The dates of each landing's rows that count or were replaced by some that count."""
    found: dict[str, set[date]] = defaultdict(set)
    for superseded in (False, True):
        rows = lake.rows("order_items", superseded).select("_landing_id", "business_date")
        for landing, day in rows.unique().rows():
            found[landing].add(day)
    return found


def _of_day(
    day: DayStatus, lake: Lake, by_path: dict[str, Rows], dates: dict[str, set[date]]
) -> dict[str, Any]:
    """A revision speaks for the day unless it is a copy, replaced, withdrawn or of other days."""

    def speaks(ledger: dict[str, Any]) -> bool:
        own = dates.get(ledger["landing_id"], {day.business_date})
        return _speaks_for(own, day.business_date) and lake.state(ledger) in (
            "live",
            "quarantined",
            None,
        )

    revisions = [x for path in set(day.files) for x in by_path[path]]
    speaking = [x for x in revisions if speaks(x)]
    files = {x["file_id"] for x in speaking}
    loaded = [x for x in revisions if x["status"] == "loaded" and x["file_id"] in files]
    has_rows = any(day.business_date in dates.get(x["landing_id"], ()) for x in speaking)
    rows = sum(x["counts"]["loaded"] for x in speaking)
    rejected = sum(x["counts"]["rejected"] for x in speaking)
    in_order = "on_time" if has_rows else "nothing_sold"
    return {
        "restaurant_id": day.restaurant_id,
        "business_date": day.business_date,
        "delivery_status": in_order if day.state == "on_time" else day.state,
        "files": len(files),
        "is_resent": any(lake.state(x) == "held" for x in revisions),
        "is_changed": any(sum(x["file_id"] == f for x in lake.ledgers) > 1 for f in files),
        "first_delivered_at": min(map(_moment, loaded), default=None),
        "last_delivered_at": max(map(_moment, speaking), default=None),
        "completeness_rate": ratio(rows, rows + rejected),
    }


def _speaks_for(own: set[date], day: date) -> bool:
    """A date of its own, or one of at most two without rows that lie between two of its own."""
    before = max((d for d in own if d <= day), default=None)
    after = min((d for d in own if d >= day), default=None)
    return before is not None and after is not None and (after - before).days <= 3


def _moment(ledger: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(ledger["modified_at"]).replace(tzinfo=None)


MARTS = {
    "reconciliation": (("landing_id",), reconciliation),
    "reconciliation_by_day": (("entity", "business_date"), reconciliation_by_day),
    "quarantined_rows": (
        ("landing_id", "source_row", "column_name", "reason"),
        quarantined_rows,
    ),
    "delivery_status": (("restaurant_id", "business_date"), delivery_status),
}
