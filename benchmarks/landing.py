"""Landing from the local Drive against plain downloads of the same bytes, by turns.

`python -m benchmarks.ingestion land [FILES]` prints two rows of the README's table: over the
loopback as it is, and over a link of LINK bytes a second, which all connections share.
`python -m benchmarks.landing FOLDER RATE` is the server of both; 0 is no limit.
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
from typing import Any, BinaryIO

import requests

from demo import drive_server

FILE = 5 << 20
PIECE = 1 << 18  # bytes that are sent, or read, at once
LINK = 125_000_000  # bytes a second: 1 Gbit/s
THREADS = 8
RUNS = 5


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
        for link, rate in (("loopback", 0), ("1 Gbit/s", LINK)):
            with serve(folder, rate) as server:
                sys.stdout.write(
                    f"| {count} x 5 MB, {link} | {_compare(server, target, count)} |\n"
                )


def _compare(server: Server, target: Path, count: int) -> str:
    """Plain downloads and landing by turns, as cells of a row."""
    download(server, target)  # the server hashes every file once
    shutil.rmtree(target)
    costs = [[_cost(server, way, target) for way in (download, land_all)] for _ in range(RUNS)]
    (plain, plain_cpu), (landed, landed_cpu) = (
        map(min, zip(*way, strict=True)) for way in zip(*costs, strict=True)
    )
    megabytes = count * FILE / (1 << 20)
    return (
        f"{megabytes / plain:.0f} | {megabytes / landed:.0f} | {plain / landed:.0%} | "
        f"{plain_cpu:.2f} | {landed_cpu:.2f} | {plain_cpu / landed_cpu:.0%} | {_hash(count):.2f}"
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
            shutil.copyfileobj(response.raw, file, PIECE)

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


class Link:
    """At most `rate` bytes a second over all connections."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.lock = threading.Lock()
        self.free = 0.0

    def wait(self, size: int) -> None:
        """Sleep until so many bytes are through; a moment that was missed may be made up for."""
        with self.lock:
            self.free = max(self.free, time.monotonic() - 0.01) + size / self.rate
            free = self.free
        time.sleep(max(0.0, free - time.monotonic()))


class _PacedFile:
    """What a handler writes its answers to, over a link."""

    def __init__(self, file: BinaryIO, link: Link) -> None:
        self.file, self.link = file, link

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        for begin in range(0, len(view), PIECE):
            piece = view[begin : begin + PIECE]
            self.link.wait(len(piece))
            self.file.write(piece)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def _paced(link: Link) -> type:
    """The handler of the local Drive server, behind a link."""

    class Paced(drive_server.Handler):
        def setup(self) -> None:
            super().setup()
            self.wfile = _PacedFile(self.wfile, link)

    return Paced


@contextmanager
def serve(folder: Path, rate: int = 0) -> Iterator[Server]:
    """Serve a folder while the block runs, at most `rate` bytes a second (0: no limit)."""
    command = [sys.executable, "-m", "benchmarks.landing", str(folder), str(rate)]
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


if __name__ == "__main__":
    if rate := int(sys.argv[2]):
        drive_server.Handler = _paced(Link(rate))
    sys.exit(drive_server.main(sys.argv[1:2]))
