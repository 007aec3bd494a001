"""A local server that speaks the Drive v3 API, for the demo and for tests. Standard library only.

It serves a folder on 127.0.0.1 (`python -m demo.drive_server DIR`), and what `drive.files` adds to
it in memory. Spoken: files.list, files.get (alt=media with Range), files.export, files.create and
files.update (multipart or media upload), changes.getStartPageToken and changes.list, and the token
endpoints /token, /sts and :generateAccessToken. Faults can be injected; requests are recorded.
"""

import secrets
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path

from demo.drive_faults import Fault
from demo.drive_files import DriveFiles
from demo.drive_handler import Handler

__all__ = ["Drive", "Fault", "serve"]


@dataclass
class Drive:
    """What is served, what goes wrong, and what was asked for.

    `requests` holds the path and query of each request, `tokens_asked` those for a token with
    their bodies; `bytes_sent` counts the bytes of files, so that a test can say "nothing was
    downloaded". `token` is the one that is accepted now; an earlier one is answered with 401.
    """

    files: DriveFiles
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    token_seconds: int = 3600
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    tokens_asked: list[tuple[str, bytes]] = field(default_factory=list)
    bytes_sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def root_id(self) -> str:
        """The id of the served folder."""
        return self.files.root_id

    def expire_token(self) -> None:
        """From now on only a token that is asked for anew is accepted."""
        self.token = secrets.token_urlsafe(16)

    def fail(self, pattern: str, kind: str, count: int = 1, **details: object) -> None:
        """Add a fault."""
        self.faults.append(Fault(pattern, kind, count, **details))

    def take_fault(self, target: str) -> Fault | None:
        """The first fault that applies to a request, used up once."""
        with self.lock:
            fault = next((f for f in self.faults if f.applies(target)), None)
            if fault:
                fault.count -= 1
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        return fault

    def count(self, data: bytes) -> None:
        """Count bytes of a file that were sent."""
        with self.lock:
            self.bytes_sent += len(data)

    def record(self, target: str) -> None:
        """Record a request."""
        with self.lock:
            self.requests.append(target)


@contextmanager
def serve(
    root: Path, port: int = 0, shared: bool = False, member: bool = True
) -> Iterator[tuple[str, Drive]]:
    """Serve `root` on 127.0.0.1 while the block runs: (base URL, the Drive).

    `shared` makes it a shared drive, which may be written to; My Drive refuses a service account.
    Who is no `member` of it sees its folders, which are shared with him, but not the drive itself.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.drive = Drive(DriveFiles(root.absolute(), shared, member))  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.drive  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main(arguments: list[str] | None = None) -> int:
    """Serve a folder until the process is interrupted."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("usage: python -m demo.drive_server FOLDER\n")
        return 2
    with serve(Path(arguments[0])) as (url, drive):
        sys.stdout.write(
            f"export FRANCHISE_DRIVE_URL={url} FRANCHISE_DRIVE_TOKEN={drive.token}\n"
            f"franchise run --source drive:{drive.root_id}\n"
        )
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
