"""Airflow on this machine: its four parts, each a process on 127.0.0.1, started and stopped."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests

from ingestion.folder import split_spec
from orchestration.airflow.manifest import write_manifest
from orchestration.workspace import Workspace

HOST = "127.0.0.1"
USER = "admin"
ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "orchestration" / "dags"
# Loaded once by the process that tasks are forked from, instead of by each task for a second.
PRELOAD = "import orchestration.airflow.local  # noqa: F401\n"
PARTS = ("api-server", "scheduler", "dag-processor", "triggerer")
START_SECONDS = 180
STOP_SECONDS = 20


class StartError(Exception):
    """Airflow cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Airflow:
    """One installation: where it keeps its things, its address, and the environment of its parts.

    Everything lies below `airflow/` of the workspace: the database, the logs, the password. Unless
    `scheduled`, runs start by hand only.
    """

    workspace: Workspace
    port: int
    scheduled: bool = False
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    secret: str = field(default_factory=secrets.token_hex)

    @property
    def home(self) -> Path:
        return self.workspace.root / "airflow"

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What every part needs to know."""
        settings = {
            "core__dags_folder": DAGS,
            "core__load_examples": False,
            "core__parallelism": max(4, 2 * (os.cpu_count() or 1)),
            "core__execution_api_server_url": f"{self.address}/execution/",
            "core__simple_auth_manager_users": f"{USER}:admin",
            "core__simple_auth_manager_passwords_file": self.home / "passwords.json",
            "core__dags_are_paused_at_creation": False,
            "dag_processor__min_file_process_interval": 300,
            "scheduler__use_job_schedule": self.scheduled,
            "api__base_url": self.address,
            "api__secret_key": self.secret,
            "api_auth__jwt_secret": self.secret,
            "cosmos__enable_telemetry": False,
            "usage_data_collection__enabled": False,
        }
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        return os.environ | {
            "AIRFLOW_HOME": str(self.home),
            "FRANCHISE_WORKSPACE": str(self.workspace.root),
            "PYTHONPATH": os.pathsep.join(paths),
            "DO_NOT_TRACK": "1",
            **{f"AIRFLOW__{name.upper()}": str(value) for name, value in settings.items()},
        }

    def prepare(self) -> None:
        """Make the manifest, the database, the password and the warehouse's pool."""
        write_manifest(self.workspace, "local")
        passwords = self.home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({USER: self.password}), encoding="utf-8")
        settings = self.home / "config" / "airflow_local_settings.py"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(PRELOAD, encoding="utf-8")
        self.run("db", "migrate")
        self.run("pools", "set", "warehouse", "1", "The warehouse file has one writer")

    def run(self, *arguments: str) -> str:
        """One command of Airflow, to its end; what it printed. Raises StartError."""
        command = [sys.executable, "-m", "airflow", *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            tail = (done.stdout + done.stderr)[-2000:]
            raise StartError(f"airflow {' '.join(arguments)} failed:\n{tail}")
        return done.stdout

    def start(self, part: str) -> subprocess.Popen[bytes]:
        """Start one part in a process group of its own, its output in `airflow/<part>.log`."""
        options = {
            "api-server": ("--host", HOST, "--port", str(self.port), "--workers", "1"),
            "dag-processor": (),
        }
        arguments = options.get(part, ("--skip-serve-logs",))
        with (self.home / f"{part}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "airflow", part, *arguments],
                env=self.environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )


def serve(workspace: Workspace, source: str | None, port: int, scheduled: bool) -> None:
    """Run Airflow until Ctrl+C or SIGTERM; without a source over the simulated franchise."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    airflow = Airflow(workspace, _free(port), scheduled)
    with contextlib.suppress(KeyboardInterrupt), delivered(workspace, source), running(airflow):
        print(
            f"Airflow: {airflow.address}   user {USER}   password {airflow.password}\n"
            "Trigger daily_elt to run it. Ctrl+C stops everything.",
            flush=True,
        )
        threading.Event().wait()


@contextlib.contextmanager
def running(airflow: Airflow) -> Iterator[Airflow]:
    """All parts of Airflow while the block runs, and none of them after it."""
    airflow.prepare()
    parts: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for part in PARTS:
            parts[part] = airflow.start(part)
        _wait_until_up(airflow, parts)
        yield airflow
    finally:
        for signum in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signum, signal.SIG_IGN)
        _stop(list(parts.values()))


def _wait_until_up(airflow: Airflow, parts: dict[str, subprocess.Popen[bytes]]) -> None:
    """Return when every part reports itself healthy. Raises StartError."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        for part, process in parts.items():
            if process.poll() is not None:
                raise StartError(f"the {part} ended; see {airflow.home / part}.log")
        if _healthy(airflow):
            return
        time.sleep(1)
    raise StartError(f"Airflow did not start in {START_SECONDS} s; see {airflow.home}/*.log")


def _healthy(airflow: Airflow) -> bool:
    try:
        states = requests.get(f"{airflow.address}/api/v2/monitor/health", timeout=5).json()
    except requests.RequestException:
        return False
    return all(state["status"] == "healthy" for state in states.values())


def _stop(parts: list[subprocess.Popen[bytes]]) -> None:
    """End every process of every part: politely, then by force."""
    for signum, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5)):
        for process in parts:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signum)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and any(_alive(process) for process in parts):
            time.sleep(0.2)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    process.poll()
    try:
        os.killpg(process.pid, 0)
    except ProcessLookupError:
        return False
    return True


def _free(port: int) -> int:
    """The port itself when it is free, or any free one for 0. Raises StartError."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise StartError(f"port {port} is taken; choose another one with --port") from error
        return probe.getsockname()[1]


@contextlib.contextmanager
def delivered(workspace: Workspace, source: str | None) -> Iterator[None]:
    """FRANCHISE_SOURCE while the block runs: what was given, or the demo's Drive.

    Raises StartError when a folder does not exist or other deliveries lie in the demo's.
    """
    if source is not None:
        os.environ["FRANCHISE_SOURCE"] = (
            source if source.startswith("drive:") else _absolute(source)
        )
        yield
        return
    from demo.franchise import ForeignFileError, simulate
    from demo.settings import FranchiseSettings
    from orchestration.demo import drive_of

    try:
        with drive_of(simulate(FranchiseSettings()), workspace) as drive:
            os.environ["FRANCHISE_SOURCE"] = f"drive:{drive.root}"
            yield
    except ForeignFileError as error:
        raise StartError(f"{error}, or remove {workspace.drive}") from error


def _absolute(source: str) -> str:
    name, folder = split_spec(source)
    path = folder.absolute()
    if not path.is_dir():
        raise StartError(f"the source {folder} does not exist; name a folder or drive:FOLDER_ID")
    return f"folder:{name}:{path}" if name else str(path)
