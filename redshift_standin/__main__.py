"""The stand-in by hand: a server until Ctrl-C, or the lint over files of SQL."""

import argparse
import contextlib
import signal
import sys
from pathlib import Path

from redshift_standin.lint import lint_models
from redshift_standin.server import StandIn


def main() -> int:
    """Exit code 1 when the lint finds something."""
    parser = argparse.ArgumentParser(prog="python -m redshift_standin", description=__doc__)
    parser.add_argument("--lint", nargs="+", type=Path, metavar="FILE", help="only lint these")
    parser.add_argument("--bucket", action="append", default=[], metavar="NAME=FOLDER")
    given = parser.parse_args()
    if given.lint:
        found = lint_models((str(path), path.read_text(encoding="utf-8")) for path in given.lint)
        sys.stdout.write("".join(f"{message}\n" for message in found))
        return 1 if found else 0
    buckets = {name: Path(folder) for name, _, folder in (b.partition("=") for b in given.bucket)}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), StandIn(buckets) as standin:
        variables = standin.new_database("franchise")
        sys.stdout.write("".join(f"export {name}={value}\n" for name, value in variables.items()))
        sys.stdout.flush()
        while True:
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
