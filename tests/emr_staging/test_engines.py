"""Sail and Spark give the same rows: Spark in processes of its own, since one knows one kind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo.franchise import simulate
from demo.settings import FranchiseSettings
from emr_staging.state import State
from ingestion.cards import CardKey
from ingestion.clean import CleanSettings, clean_new
from ingestion.folder import FolderSource
from ingestion.land import land
from lake import layout
from lake.folder import FolderStore
from tests.emr_staging.lakes import HandMadeLake, item, option, rows_of
from tests.emr_staging.test_bad_input import run_job

ROOT = Path(__file__).parents[2]
RULES = ("normalize", "business_dates", "options", "any_sequence", "two_at_once")
ENTITIES = ("order_items", "order_item_options", "restaurants")


def deliver_a_bit_of_everything(lake):
    """Two zones, the day's cut, a change of clocks, ties, replaced lines and sets, waiting ones."""
    zones = [{"restaurant_id": "r1", "timezone": "America/Chicago"}, {"restaurant_id": "r3"}]
    lake.deliver("restaurants", "r", zones)
    lake.deliver(
        "order_items",
        "f",
        [
            item("o1", "l1", "2026-03-08T07:59:59.999999", item_price="0.0001", user_id="0042"),
            item("o1", "l2", "2026-03-08T08:00:00", item_price="-5.00", item_quantity=-1),
            item("o2", "l1", "2026-11-01T06:30:00", restaurant_id="r2", item_name="Crème, ☕"),
            item("o3", "l2", "2026-01-03T05:59:59", restaurant_id="r3"),
            item("o3", "l1", "2026-01-03T05:59:59", is_loyalty=True, card_hash="ab"),
        ],
    )
    again = [item("o1", "l1", "2026-03-08T07:59:59", item_price="99999999999999.9999")]
    lake.deliver("order_items", "g", again, "2026-03-09T06:00:00")
    first = [
        option("o1", "l1"),
        option("o1", "l9"),
        option("o3", "l1", "-0.50"),
        option("o7", "l2"),
    ]
    lake.deliver("order_item_options", "p", first)
    later = [option("o1", "l2", "2.00"), option("o1", "l9"), option("o7", "l1")]
    lake.deliver("order_item_options", "q", later, "2026-03-09T06:00:00")


def all_rows(store):
    totals = State(store).current["totals"]
    return [rows_of(store, entity) for entity in ENTITIES], totals


def test_sail_and_spark_give_the_same_rows(lake, run, tmp_path):
    deliver_a_bit_of_everything(lake)
    shutil.copytree(lake.store.url(), tmp_path / "sail")
    done = run_job(lake, "spark")
    assert done.returncode == 0, done.stderr
    by_spark = all_rows(lake.store)
    lake.store = FolderStore(tmp_path / "sail")
    run()
    assert all_rows(lake.store) == by_spark
    assert [len(rows) for rows in by_spark[0]] == [5, 5, 2]
    assert layout.CURRENT in list(lake.store.list("normalized"))


def test_more_small_files_than_a_process_may_open_are_normalized(lake):
    for number in range(250):
        order = f"o{number:03d}"
        lake.deliver("order_items", f"f{number}", [item(order, "l1"), item(order, "l2")])
        lake.deliver("order_item_options", f"p{number}", [option(order, "l1")])
    job = f"ulimit -n 200; exec {sys.executable} -m emr_staging --engine sail"
    env = {n: v for n, v in os.environ.items() if not n.startswith("SPARK_")}
    command = ["sh", "-c", f"{job} --lake '{lake.store.url()}'"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [len(rows_of(lake.store, entity)) for entity in ENTITIES[:2]] == [500, 250]


def clean_files(drive, lake):
    """Land and clean what operators delivered into a folder."""
    land(FolderSource(drive), lake.store, "run")
    clean_new(lake.store, CleanSettings(CardKey(b"k" * 32)), workers=2)


@pytest.mark.long
def test_sail_and_spark_give_the_same_rows_of_a_year_of_the_demo_franchise(tmp_path):
    """Dirty files of 6 restaurants; the last 20 days, with late and corrected files, come later."""
    franchise = simulate(FranchiseSettings(restaurants=6, days=365, opened_share=1))
    lakes = {engine: HandMadeLake(tmp_path / engine) for engine in ("sail", "spark")}
    for day, mode in ((344, "full"), (None, "incremental")):
        franchise.deliver(tmp_path / "drive", day)
        clean_files(tmp_path / "drive", lakes["sail"])
        shutil.copytree(tmp_path / "sail/clean", tmp_path / "spark/clean", dirs_exist_ok=True)
        for engine, lake in lakes.items():
            done = run_job(lake, engine)
            assert f'"mode": "{mode}"' in done.stderr, done.stderr
    by_sail, by_spark = (all_rows(lake.store) for lake in lakes.values())
    assert [len(rows) for rows in by_sail[0]] == [26_428, 18_317, 6]
    assert by_sail == by_spark


@pytest.mark.long
def test_every_rule_of_normalize_holds_on_spark_too():
    files = [f"tests/emr_staging/test_{name}.py" for name in RULES]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not long", *files],
        env={n: v for n, v in os.environ.items() if not n.startswith("SPARK_")}
        | {"FRANCHISE_TEST_ENGINE": "spark"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
