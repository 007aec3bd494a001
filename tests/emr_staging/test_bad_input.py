"""What stops normalize, before anything is written, and what it says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from py4j.protocol import Py4JError

from emr_staging.__main__ import main
from emr_staging.errors import NormalizeError
from emr_staging.landings import CONTRACT_VERSIONS
from emr_staging.normalize import normalize
from emr_staging.settings import NormalizeSettings
from lake import layout
from tests.emr_staging.lakes import item, option, rows_of


def change_ledger(lake, landing, **fields):
    key = layout.ledger(landing)
    ledger = json.loads(lake.store.read(key)) | fields
    lake.store.write(key, json.dumps(ledger).encode())


def expect_stop(lake, run, message):
    before = sorted(lake.store.list("normalized"))
    with pytest.raises(NormalizeError, match=message):
        run()
    assert sorted(lake.store.list("normalized")) == before


def test_a_clean_file_that_is_missing_is_named(lake, run):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    key = layout.clean("order_items", landing)
    lake.store.delete(key)
    expect_stop(lake, run, f"^{key} is missing, but {layout.ledger(landing)} names it. Nothing was")


def test_a_clean_file_of_another_size_is_named(lake, run):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    key = layout.clean("order_items", landing)
    lake.store.write(key, b"short")
    expect_stop(lake, run, f"^{key} has 5 bytes, but {layout.ledger(landing)} says [0-9]+. Nothing")


def test_a_clean_file_with_other_bytes_of_the_same_number_is_named(lake, run):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    key = layout.clean("order_items", landing)
    data = bytearray(lake.store.read(key))
    data[100] ^= 1
    lake.store.write(key, bytes(data))
    expect_stop(lake, run, f"^{key} has another sha256 than {layout.ledger(landing)} says. Nothing")


def test_several_faults_are_counted(lake, run):
    for file in ("f", "g", "h"):
        landing = lake.deliver("order_items", file, [item(f"o-{file}", "l1")])
        lake.store.delete(layout.clean("order_items", landing))
    expect_stop(lake, run, r"is missing, but .* names it \(and 2 more files\)")


def test_an_old_clean_file_that_a_date_is_rebuilt_from_must_be_intact_too(lake, run):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    run()
    lake.store.delete(layout.clean("order_items", landing))
    lake.deliver("order_items", "g", [item("o1", "l2")])
    expect_stop(lake, run, "is missing")


def test_a_damaged_file_of_restaurants_is_named(lake, run):
    landing = lake.deliver("restaurants", "r", [{"restaurant_id": "r1"}])
    lake.store.delete(layout.clean("restaurants", landing))
    expect_stop(lake, run, f"^{layout.clean('restaurants', landing)} is missing")


@pytest.mark.parametrize("fields", [{"schema_version": 7}, {"contract_version": 7}])
def test_a_ledger_of_an_unknown_version_is_named(lake, run, fields):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    change_ledger(lake, landing, **fields)
    versions = "7 and contract version 1" if "schema_version" in fields else "1 and contract ver"
    message = rf"^{layout.ledger(landing)} \(f.csv\) has schema version {versions}"
    expect_stop(lake, run, message)


def test_ledgers_of_every_contract_version_up_to_the_entitys_newest_are_read(
    lake, run, monkeypatch
):
    monkeypatch.setitem(CONTRACT_VERSIONS, "order_items", 4)
    lake.deliver("order_items", "f", [item("o1", "l1")])
    new = lake.deliver("order_items", "g", [item("o2", "l1")])
    change_ledger(lake, new, contract_version=4)
    assert run().states == {"live": 2}


@pytest.mark.parametrize(("entity", "newest"), [("order_items", 4), ("restaurants", 3)])
def test_a_ledger_beyond_its_own_entitys_newest_contract_is_named(
    lake, run, monkeypatch, entity, newest
):
    monkeypatch.setitem(CONTRACT_VERSIONS, "order_items", 4)
    landing = lake.deliver(entity, "f", [])
    change_ledger(lake, landing, contract_version=newest + 1)
    expect_stop(lake, run, f"contract version {newest + 1}; .* contract versions up to {newest}")


def test_a_newer_contract_of_the_program_rebuilds_everything_once(lake, run, monkeypatch):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    run()
    monkeypatch.setitem(CONTRACT_VERSIONS, "order_items", 4)
    assert run().why_full == "a contract's version changed"
    assert run().mode == "unchanged"


def test_normalize_knows_the_version_of_every_contract():
    contracts = (Path(__file__).parents[2] / "ingestion" / "contracts").glob("*.yml")
    read = [yaml.safe_load(path.read_text()) for path in contracts]
    assert {c["entity"]: c["version"] for c in read if "entity" in c} == CONTRACT_VERSIONS


def test_a_current_json_of_an_unknown_version_is_refused(lake, run):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    lake.store.write(layout.CURRENT, b'{"schema_version": 9}')
    expect_stop(lake, run, "normalized/current.json has schema version 9; this program knows 2")


def test_a_rebuild_without_any_ledger_is_refused_and_the_rows_stay(lake, run):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    run()
    lake.store.delete(layout.ledger(landing))
    assert run().mode == "unchanged"
    message = r"no ledger to rebuild from \(asked for with --full\), .* Nothing was written"
    expect_stop(lake, lambda: run(full=True), message)


def test_rows_that_the_ledger_did_not_count_are_not_published(lake, run):
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    ledger = json.loads(lake.store.read(layout.ledger(landing)))
    change_ledger(lake, landing, counts={"loaded": 2}, outputs=ledger["outputs"])
    ledger["outputs"]["clean"]["rows"] = 2
    change_ledger(lake, landing, outputs=ledger["outputs"])
    message = "the ledgers say 2 more rows with item_price 10.0000, but 1 with 10.0000 were written"
    with pytest.raises(NormalizeError, match=message):
        run()
    assert not lake.store.exists(layout.CURRENT)


def test_the_job_says_what_is_wrong_in_one_line_and_exits_with_1(lake):
    landing = lake.deliver("order_item_options", "p", [option("o1", "l1")])
    lake.store.delete(layout.clean("order_item_options", landing))
    done = run_job(lake, "sail")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert re.match(r"error: clean/entity=order_item_options/.* is missing", line)


def test_an_error_of_the_jvm_is_one_line_and_exit_code_1(monkeypatch, caplog, tmp_path):
    def fail(engine):
        raise Py4JError("An error occurred while calling o62.parquet.\nTrace: ...")

    monkeypatch.setattr("emr_staging.__main__.spark_session", fail)
    assert main(["--lake", str(tmp_path), "--engine", "spark"]) == 1
    said = "error: An error occurred while calling o62.parquet. Trace: ..."
    assert caplog.messages == [said]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b'{"schema_version": 1, "contract_v', " is no JSON (Unterminated string"),
        (b"[]", " is no JSON object"),
        ({"modified_at": None}, " (f.csv) lacks modified_at"),
        ({"status": None}, " (f.csv) lacks status"),
        ({"outputs": None, "money": None}, " (f.csv) lacks money, outputs"),
        (
            {"outputs": {"clean": {"key": "k"}}},
            "lacks outputs.clean.sha256, outputs.clean.bytes, o",
        ),
        ({"counts": {"loaded": 2}}, " (f.csv) counts 2 loaded rows, but 1 in its clean file"),
        ({"outputs": {"clean": {}}}, " (f.csv) counts 1 loaded rows, but 0 in its clean file"),
        ({"entity": "coupons"}, " (f.csv) is loaded as 'coupons', which is no entity"),
    ],
)
def test_a_bad_ledger_is_named_with_its_fault_and_what_to_do(lake, run, data, fault):
    """A value of None takes a key away."""
    landing = lake.deliver("order_items", "f", [item("o1", "l1")])
    key = layout.ledger(landing)
    if isinstance(data, dict):
        ledger = json.loads(lake.store.read(key)) | data
        data = json.dumps({n: v for n, v in ledger.items() if v is not None}).encode()
    lake.store.write(key, data)
    remedy = "Nothing was written. Remove the ledger, run clean again, then `normalize --full`."
    expect_stop(lake, run, f"^{key}.*{re.escape(fault)}.*{re.escape(remedy)}$")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("Mars/Olympus",), "default_timezone 'Mars/Olympus' is no IANA time zone"),
        (("UTC", 24), "business_day_start_hour 24: choose 0 to 23"),
        (("UTC", 0, "forget"), "withdrawn 'forget': choose keep or retract"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused(values, message):
    with pytest.raises(NormalizeError, match=message):
        NormalizeSettings(*values)


@pytest.mark.parametrize("run_id", ["a/b", "", "x" * 65])
def test_a_run_id_that_cannot_be_a_part_of_keys_is_refused(lake, spark, run_id):
    lake.deliver("order_items", "f", [item("o1", "l1")])
    with pytest.raises(NormalizeError, match=f"--run-id '{run_id}': choose 1 to 64 letters, dig"):
        normalize(spark, lake.store, run_id, NormalizeSettings("UTC"))


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/dev/null/lake", "Not a directory"),
        ("s3://lake/pos", "Unable to locate credentials"),
    ],
)
def test_a_lake_that_cannot_be_read_is_one_line_and_exit_code_1(lake, monkeypatch, place, said):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    done = run_job(lake, "sail", "--lake", place, AWS_EC2_METADATA_DISABLED="true", **nothing)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert said in line


def run_job(lake, engine, *options, **variables):
    """Run the job in a process of its own, which knows nothing of this one's session."""
    command = [sys.executable, "-m", "emr_staging", "--engine", engine, "--run-id", "job"]
    environment = {n: v for n, v in os.environ.items() if not n.startswith("SPARK_")}
    return subprocess.run(
        [*command, "--lake", lake.store.url(), *options],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env=environment | variables,
    )


def test_the_job_normalizes_a_lake(lake):
    lake.deliver("order_items", "f", [item("o1", "l1", "2026-01-03T04:00:00")])
    done = run_job(lake, "sail", "--default-timezone", "UTC")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stderr.splitlines()[-1])["rows"]["order_items"] == 1
    (row,) = rows_of(lake.store, "order_items")
    assert row.startswith("2026-01-03 ")
