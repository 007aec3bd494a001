"""A started Airflow, as its users meet it: the REST API, the processes, the sockets."""

import time
from dataclasses import dataclass
from functools import cached_property

import psutil
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

FINISHED = {"success", "failed"}


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

    def wait(self, run_id: str, seconds: int) -> dict[str, str]:
        """The state of the run (under the name `run`) and of its tasks when it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.call("GET", f"{DAG}/dagRuns/{run_id}")["state"]
            if state in FINISHED:
                return {"run": state, **self.tasks(run_id)}
            time.sleep(2)
        raise TimeoutError(f"{run_id} after {seconds} s: {self.tasks(run_id)}")

    def tasks(self, run_id: str) -> dict[str, str]:
        return {task["task_id"]: task["state"] for task in self._instances(run_id)}

    def _instances(self, run_id: str) -> list[dict]:
        """Every task of the run; the API gives at most a hundred at a time."""
        path, found = f"{DAG}/dagRuns/{run_id}/taskInstances?limit=100", []
        while page := self.call("GET", f"{path}&offset={len(found)}")["task_instances"]:
            found += page
        return found

    def kill(self, run_id: str, task_id: str, seconds: int = 300) -> str:
        """Kill the process of a task that runs; the state that the task is in then."""
        task = self._until(run_id, task_id, {"running"}, seconds)
        title = f"airflow worker -- {task['id']}"
        (process,) = (p for p in psutil.process_iter() if _title(p) == title)
        process.kill()
        return self._until(run_id, task_id, {"failed", "up_for_retry"}, seconds)["state"]

    def _until(self, run_id: str, task_id: str, states: set[str], seconds: int) -> dict:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            (task,) = (t for t in self._instances(run_id) if t["task_id"] == task_id)
            if task["state"] in states:
                return task
            assert task["state"] not in FINISHED, f"{task_id} is over: {task['state']}"
            time.sleep(0.2)
        raise TimeoutError(f"{task_id} of {run_id} is {task['state']} after {seconds} s")

    def clear(self, run_id: str, task_id: str) -> None:
        options = {"dry_run": False, "only_failed": False, "dag_run_id": run_id}
        path = f"{DAG}/clearTaskInstances"
        self.call("POST", path, **options, task_ids=[task_id], include_downstream=True)


DAG = "/dags/daily_elt"


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
