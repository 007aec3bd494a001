"""A started Airflow, as its users meet it: the REST API, the processes, the sockets."""

import time
from dataclasses import dataclass

import psutil
import requests

FINISHED = {"success", "failed"}


@dataclass(frozen=True)
class Server:
    """The REST API of a started Airflow."""

    address: str
    password: str

    def call(self, method: str, path: str, **body: object) -> dict:
        login = {"username": "admin", "password": self.password}
        token = requests.post(f"{self.address}/auth/token", json=login, timeout=30).json()
        answer = requests.request(
            method,
            f"{self.address}/api/v2{path}",
            json=body or None,
            headers={"Authorization": f"Bearer {token['access_token']}"},
            timeout=30,
        )
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
        found = self.call("GET", f"{DAG}/dagRuns/{run_id}/taskInstances?limit=1000")
        return {task["task_id"]: task["state"] for task in found["task_instances"]}

    def clear_failed(self, run_id: str) -> None:
        options = {"dry_run": False, "only_failed": True, "dag_run_id": run_id}
        self.call("POST", f"{DAG}/clearTaskInstances", **options, include_downstream=True)


DAG = "/dags/daily_elt"


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
