"""The Lambda functions as Lambda runs them, against a local Runtime API, Drive and S3."""

import json
import time

import boto3
import pytest

from demo.drive_server import serve
from lake import layout
from lake.store import open_store

HEADER = "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,ITEM_PRICE,ITEM_QUANTITY\n"
GOOD = HEADER + "O1,L1,R1,2024-03-01T18:30:00Z,12.50,1\n"
KEY = bytes(range(32)).hex()


@pytest.fixture
def cloud(tmp_path, bucket, aws):
    """A served Drive and a bucket, and the environment that the functions have."""
    (tmp_path / "drive").mkdir()
    secret = boto3.client("secretsmanager").create_secret(Name=bucket, SecretString=KEY)
    with serve(tmp_path / "drive") as (url, drive):
        drive.environment = {
            "FRANCHISE_LAKE": f"s3://{bucket}/lake",
            "FRANCHISE_SOURCE": f"drive:{drive.root_id}",
            "FRANCHISE_DRIVE_URL": url,
            "FRANCHISE_DRIVE_TOKEN": drive.token,
            "FRANCHISE_CARD_KEY_SECRET": secret["ARN"],
        }
        drive.store = open_store(f"s3://{bucket}/lake")
        yield drive


def test_a_delivery_goes_through_both_functions(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    cloud.files.add_file(cloud.root_id, "junk.csv", b"a,b\n1,2\n")
    land, clean = start("land", cloud.environment), start("clean", cloud.environment)
    kind, landed = land.invoke({"run_id": "run-1"})
    assert (kind, landed["run_id"], landed["landed"], landed["complete"]) == (
        "response",
        "run-1",
        2,
        True,
    )
    answers = [clean.invoke(landing)[1] for landing in landed["landings"]]
    found = {a["path"]: (a["status"], a["reason"], a["counts"]["loaded"]) for a in answers}
    assert found == {
        "good.csv": ("loaded", None, 1),
        "junk.csv": ("quarantined", "header_unknown", 0),
    }
    assert len(list(cloud.store.list(layout.LEDGERS))) == 2


def test_a_second_invocation_finds_its_work_done(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    land, clean = start("land", cloud.environment), start("clean", cloud.environment)
    (landing,) = land.invoke({})[1]["landings"]
    first, second = clean.invoke(landing)[1], clean.invoke(landing)[1]
    assert (first.pop("done_before"), second.pop("done_before")) == (False, True)
    assert first == second
    again = land.invoke({})[1]
    assert (again["landed"], again["others"], again["landings"]) == (0, {"same": 1}, [])


def test_a_landing_id_alone_is_enough(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    (landing,) = start("land", cloud.environment).invoke({})[1]["landings"]
    kind, answer = start("clean", cloud.environment).invoke({"landing_id": landing["landing_id"]})
    assert (kind, answer["status"]) == ("response", "loaded")


def test_a_function_killed_in_the_middle_is_invoked_again(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    cloud.fail("alt=media", "slow", seconds=1.0)
    land = start("land", cloud.environment)
    land.server.events.put((1, {}, 300))
    while not any("alt=media" in request for request in cloud.requests):
        time.sleep(0.05)
    land.kill()
    kind, answer = start("land", cloud.environment).invoke({})
    assert (kind, answer["landed"], len(answer["landings"])) == ("response", 1, 1)


def test_what_there_is_no_time_for_is_postponed(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    land = start("land", cloud.environment)
    answer = land.invoke({}, seconds=29)[1]
    assert (answer["complete"], answer["others"]) == (False, {"postponed": 1})
    assert land.invoke({})[1]["landed"] == 1


@pytest.mark.parametrize(
    ("event", "seconds", "error", "message"),
    [
        ({}, 300, "EventError", "the event must name a landing_id"),
        ({"landing_id": "x"}, 300, "EventError", "there is no landing x"),
        (
            {"landing_id": "x", "manifest": "../../etc/passwd"},
            300,
            "EventError",
            "there is no landing x",
        ),
    ],
)
def test_an_error_has_a_name_and_a_message(cloud, start, event, seconds, error, message):
    kind, answer = start("clean", cloud.environment).invoke(event, seconds)
    assert (kind, answer["errorType"], answer["errorMessage"]) == ("error", error, message)


def test_no_file_is_begun_without_time_to_end_it(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    (landing,) = start("land", cloud.environment).invoke({})[1]["landings"]
    clean = start("clean", cloud.environment)
    kind, answer = clean.invoke(landing, seconds=29)
    assert (kind, answer["errorType"]) == ("error", "OutOfTimeError")
    assert list(cloud.store.list("clean")) == []
    assert clean.invoke(landing)[0] == "response"


def test_a_file_that_does_not_fit_is_left_to_a_batch(cloud, start):
    key = layout.manifest("f1", "0" * 64)
    landing_id = layout.landing_id("f1", "0" * 64)
    manifest = {"landing_id": landing_id, "path": "year.csv", "bytes": (256 << 20) + 1}
    cloud.store.create(key, json.dumps(manifest).encode())
    clean = start("clean", cloud.environment)
    kind, answer = clean.invoke({"landing_id": landing_id, "manifest": key})
    assert (kind, answer["status"], answer["path"]) == ("response", "too_large", "year.csv")
    assert answer["counts"] == {"loaded": 0, "rejected": 0}
    assert answer["message"].startswith("268,435,457 bytes do not fit into the function")
    assert "Run `franchise clean`" in answer["message"]
    assert list(cloud.store.list("clean")) == []


def test_a_source_that_cannot_be_read_is_an_error(cloud, start):
    environment = cloud.environment | {"FRANCHISE_SOURCE": "drive:nobody"}
    kind, answer = start("land", environment).invoke({})
    assert (kind, answer["errorType"]) == ("error", "SourceError")
    assert "not found, or not shared with the account" in answer["errorMessage"]


def test_a_missing_setting_is_named(cloud, start):
    environment = cloud.environment | {"FRANCHISE_LAKE": ""}
    kind, answer = start("land", environment).invoke({})
    assert (kind, answer["errorMessage"]) == ("error", "the variable FRANCHISE_LAKE is not set")


def test_no_secret_is_in_what_a_function_logs(cloud, start):
    cloud.files.add_file(cloud.root_id, "good.csv", GOOD.encode())
    land, clean = start("land", cloud.environment), start("clean", cloud.environment)
    clean.invoke(land.invoke({})[1]["landings"][0])
    logged = land.stop() + clean.stop()
    assert cloud.token not in logged
    assert KEY not in logged
