import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from lake import layout
from lake.folder import FolderStore
from orchestration.tables import TABLES
from tests.parsed import parsed_environment

ITEM = {
    "order_id": "o1",
    "lineitem_id": "l1",
    "order_restaurant_id": "r1",
    "restaurant_id": "r1",
    "user_id": "u1",
    "is_loyalty": False,
    "item_price": "10.00",
    "item_quantity": 1,
    "created_at": "2026-01-02 17:00:00",
    "ordered_at": "2026-01-02 17:00:00",
    "ordered_at_local": "2026-01-02 12:00:00",
    "ordered_on": "2026-01-02",
    "_landing_id": "landing-1",
    "_source_row": 2,
    "_delivered_at": "2026-01-03 06:00:00",
}


class Lake:
    """A lake as normalize leaves it, written by hand."""

    def __init__(self, folder: Path) -> None:
        self.store = FolderStore(folder)

    def write_items(self, run_id: str, date: str, *rows: dict, counted: int | None = None) -> dict:
        """Write one date's order lines; return their entry for the run file."""
        key = f"{layout.normalized('order_items', date, run_id)}/part-0.parquet"
        path = self.store.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        values = [{"ordered_on": date} | row for row in rows]
        write_parquet(path, "order_items", [ITEM | value for value in values])
        return {"key": key, "rows": counted or len(rows), "bytes": path.stat().st_size}

    def commit(
        self,
        run_id: str,
        touched: dict[str, list[dict]],
        dates: dict[str, str],
        landings: dict[str, list[str]] | None = None,
        counts: dict[str, dict] | None = None,
    ) -> None:
        """Write the run file and make `dates` (date -> run id) current."""
        run = {
            "run_id": run_id,
            "touched": {
                d: {"order_items": f, "order_item_options": []} for d, f in touched.items()
            },
            "landings": {d: {"order_items": ids} for d, ids in (landings or {}).items()},
            "restaurants": None,
        }
        self.store.write(layout.normalized_run(run_id), json.dumps(run).encode())
        current = {
            "dates": {
                d: {"run_id": r, "order_items": (counts or {}).get(d, {})} for d, r in dates.items()
            },
            "restaurants": None,
            "landings": {},
        }
        self.store.write(layout.CURRENT, json.dumps(current).encode())


def write_parquet(path: Path, table: str, rows: list[dict]) -> None:
    kinds = {
        "ordered_on" if name == "business_date" else name: kind.removesuffix(" not null")
        for name, kind in TABLES[table].items()
    }
    columns = ", ".join(
        f"cast(json_extract_string(r, '$.{n}') as {k}) as {n}" for n, k in kinds.items()
    )
    query = f"select {columns} from (select unnest(?::json[]) as r)"
    duckdb.execute(
        f"copy ({query}) to '{path}' (format parquet)", [[json.dumps(row) for row in rows]]
    )


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path / "lake")


@pytest.fixture(scope="session")
def franchise():
    """The command `franchise` in a process of its own: code, standard output, standard error."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "orchestration", *map(str, arguments)]
        environment = os.environ | {"COLUMNS": "200"} | parsed_environment()
        return subprocess.run(command, capture_output=True, text=True, env=environment)

    return call
