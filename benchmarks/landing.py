"""Landing from the local Drive against plain downloads of the same bytes, by turns.

`python -m benchmarks.ingestion land [FILES]` prints one row of the README's table.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

FILE = 5 << 20
THREADS = 8
RUNS = 3


@dataclass(frozen=True)
class Server:
    """The local Drive server in a process of its own."""

    url: str
    token: str
    root_id: str
    pid: int

    @property
    def cpu(self) -> float:
        """CPU seconds it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def session(self) -> requests.Session:
        """A session that it accepts."""
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        return session


def land(count: int) -> None:
    """Landing and plain downloads of `count` files of 5 MB, and the hashing of these bytes alone.

    Rates are of the fastest run; CPU seconds, of the cheapest one, are those of client and server.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder, target = Path(scratch) / "drive", Path(scratch) / "target"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.bin").write_bytes(os.urandom(FILE))
        with serve(folder) as server:
            download(server, target)  # the server hashes every file once
            shutil.rmtree(target)
            costs = [
                [_cost(server, way, target) for way in (download, land_all)] for _ in range(RUNS)
            ]
    (plain, plain_cpu), (landed, landed_cpu) = (
        map(min, zip(*way, strict=True)) for way in zip(*costs, strict=True)
    )
    megabytes = count * FILE / (1 << 20)
    sys.stdout.write(
        f"| {count} x 5 MB | {megabytes / plain:.0f} | {megabytes / landed:.0f} | "
        f"{plain / landed:.0%} | {plain_cpu:.2f} | {landed_cpu:.2f} | "
        f"{plain_cpu / landed_cpu:.0%} | {_hash(count):.2f} |\n"
    )


def download(server: Server, target: Path) -> None:
    """List the files and write each to a file, unverified."""
    target.mkdir()
    local = threading.local()

    def get(path: str, **parameters: str) -> requests.Response:
        if not hasattr(local, "session"):
            local.session = server.session()
        address = f"{server.url}/drive/v3/files{path}"
        return local.session.get(address, params=parameters, timeout=60, stream=True)

    def write(file_id: str) -> None:
        with get(f"/{file_id}", alt="media") as response, (target / file_id).open("wb") as file:
            shutil.copyfileobj(response.raw, file, 1 << 20)

    query = f"'{server.root_id}' in parents"
    files = get("", q=query, pageSize="1000", fields="files(id)").json()["files"]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, [file["id"] for file in files]))


def land_all(server: Server, target: Path) -> None:
    """Land the files into the lake `target`."""
    from ingestion.drive import DriveSource
    from ingestion.drive_client import DriveClient
    from ingestion.land import land as land_files
    from lake.store import open_store

    source = DriveSource(DriveClient(server.session(), server.url), server.root_id)
    run = land_files(source, open_store(str(target)), "run", workers=THREADS)
    if run.facts()["failed"]:
        raise SystemExit(str(run.facts()["failed"][:3]))


@contextmanager
def serve(folder: Path) -> Iterator[Server]:
    """Serve a folder while the block runs."""
    command = [sys.executable, "-m", "demo.drive_server", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        variables, source = process.stdout.readline(), process.stdout.readline()
        url, token = (part.partition("=")[2] for part in variables.split()[1:3])
        yield Server(url, token, source.strip().rpartition(":")[2], process.pid)
    finally:
        process.terminate()
        process.wait()


def _cost(server: Server, way: Callable[[Server, Path], None], target: Path) -> tuple[float, float]:
    """Wall seconds, and CPU seconds of both processes."""
    wall, cpu = time.monotonic(), time.process_time() + server.cpu
    way(server, target)
    wall, cpu = time.monotonic() - wall, time.process_time() + server.cpu - cpu
    shutil.rmtree(target)
    return wall, cpu


def _hash(count: int) -> float:
    """CPU seconds of the sha256 of as many bytes, in pieces as they are downloaded."""
    piece = os.urandom(1 << 18)
    spent = []
    for _ in range(RUNS):
        digest, started = hashlib.sha256(), time.process_time()
        for _ in range(count * FILE >> 18):
            digest.update(piece)
        spent.append(time.process_time() - started)
    return min(spent)
