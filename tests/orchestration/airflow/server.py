"""A started Airflow, as its users meet it: the REST API, the processes, the sockets."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import psutil
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

FINISHED = {"success", "failed"}
KILLED = {"failed", "up_for_retry"}
STILL_SECONDS = 900  # a busy machine is no failure, a run that stands still is one


@dataclass(frozen=True)
class Server:
    """The REST API of a started Airflow."""

    address: str
    password: str

    @cached_property
    def session(self) -> requests.Session:
        """Logged in; an answer that is late because the machine is busy is asked for again."""
        session = requests.Session()
        session.mount("http://", HTTPAdapter(max_retries=Retry(5, backoff_factor=1)))
        login = {"username": "admin", "password": self.password}
        token = session.post(f"{self.address}/auth/token", json=login, timeout=60).json()
        session.headers["Authorization"] = f"Bearer {token['access_token']}"
        return session

    def call(self, method: str, path: str, **body: object) -> dict:
        url = f"{self.address}/api/v2{path}"
        answer = self.session.request(method, url, json=body or None, timeout=60)
        assert answer.ok, answer.text
        return answer.json() if answer.content else {}

    def trigger(self, **conf: object) -> str:
        return self.call("POST", f"{DAG}/dagRuns", logical_date=None, conf=conf)["dag_run_id"]

    def wait(self, run_id: str) -> dict[str, str]:
        """The state of the run (under the name `run`) and of its tasks when it has ended."""
        for _ in self._watch(run_id, 3):
            state = self.call("GET", f"{DAG}/dagRuns/{run_id}")["state"]
            if state in FINISHED:
                break
        return {"run": state, **self.tasks(run_id)}

    def tasks(self, run_id: str) -> dict[str, str]:
        return {task["task_id"]: task["state"] for task in self._instances(run_id)}

    def _instances(self, run_id: str) -> list[dict]:
        """Every task of the run; the API gives at most a hundred at a time.

        Tasks that are cleared meanwhile get another id and may come twice or not at all.
        """
        path, found = f"{DAG}/dagRuns/{run_id}/taskInstances?order_by=id&limit=100", []
        while page := self.call("GET", f"{path}&offset={len(found)}")["task_instances"]:
            found += page
        return found

    def kill(self, run_id: str, task_id: str) -> str:
        """Kill the process of a task as soon as it runs; the state that the task is in then."""
        for task in self._follow(run_id, task_id):
            assert task["state"] not in FINISHED, f"{task_id} is over: {task['state']}"
            found = processes(f"airflow worker -- {task['id']}")
            for process in found:
                process.kill()
            if found:
                break
        ended = (t["state"] for t in self._follow(run_id, task_id) if t["state"] in KILLED)
        return next(ended)

    def tries(self, run_id: str) -> dict[str, int]:
        """How often each task was begun."""
        return {task["task_id"]: task["try_number"] for task in self._instances(run_id)}

    def _follow(self, run_id: str, task_id: str) -> Iterator[dict]:
        """One task, again and again."""
        for tasks in self._watch(run_id, 0.2):
            yield from (task for task in tasks if task["task_id"] == task_id)

    def _watch(self, run_id: str, pause: float) -> Iterator[list[dict]]:
        """The tasks of a run, again and again; TimeoutError when none moves for STILL_SECONDS."""
        before, moved = None, time.monotonic()
        while time.monotonic() - moved < STILL_SECONDS:
            tasks = self._instances(run_id)
            states = [(task["task_id"], task["state"], task["try_number"]) for task in tasks]
            if states != before:
                before, moved = states, time.monotonic()
            yield tasks
            time.sleep(pause)
        raise TimeoutError(f"{run_id}: nothing has moved for {STILL_SECONDS} s: {before}")

    def clear(self, run_id: str, task_id: str) -> None:
        options = {"dry_run": False, "only_failed": False, "dag_run_id": run_id}
        path = f"{DAG}/clearTaskInstances"
        self.call("POST", path, **options, task_ids=[task_id], include_downstream=True)

    def give_up(self, run_id: str) -> None:
        """End a run as failed."""
        self.call("PATCH", f"{DAG}/dagRuns/{run_id}", state="failed")


DAG = "/dags/daily_elt"


def processes(title: str) -> list[psutil.Process]:
    """The processes with exactly this title."""
    return [process for process in psutil.process_iter() if _title(process) == title]


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()).strip()
    except psutil.Error:
        return ""


def alive(found: list[psutil.Process]) -> list[psutil.Process]:
    """The processes among them that still run."""
    return [p for p in found if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def listening(found: list[psutil.Process]) -> set[str]:
    """The addresses on which the processes wait for others."""
    return {
        connection.laddr.ip
        for process in found
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
