"""The command line of the demo: `python -m demo generate FOLDER`."""

import argparse
import logging
import sys
from datetime import date
from pathlib import Path
from typing import NoReturn

from demo.franchise import ForeignFileError, simulate
from demo.settings import FranchiseSettings

LOG = logging.getLogger("demo")
EXAMPLE = "example: python -m demo generate drive --restaurants 10 --days 90 --seed 7"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with an option in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        """Exit with code 2."""
        self.exit(2, f"demo: {message} (see python -m demo generate --help)\n")


def build_parser() -> argparse.ArgumentParser:
    """The options, with the defaults of FranchiseSettings."""
    default = FranchiseSettings()
    parser = _Parser(prog="python -m demo", description=__doc__, epilog=EXAMPLE)
    commands = parser.add_subparsers(dest="command", required=True)
    generate = commands.add_parser(
        "generate", help="write the files that operators deliver", epilog=EXAMPLE
    )
    generate.add_argument("folder", type=Path, help="folder to write to; empty or of the same run")
    generate.add_argument("--restaurants", type=int, default=default.restaurants)
    generate.add_argument("--days", type=int, default=default.days)
    generate.add_argument("--seed", type=int, default=default.seed)
    generate.add_argument(
        "--last-day", type=_read_date, default=default.last_day, metavar="YYYY-MM-DD"
    )
    generate.add_argument("--orders-per-day", type=float, default=default.orders_per_day)
    generate.add_argument("--opened-share", type=float, default=default.opened_share)
    generate.add_argument("--daily", action="store_true", help="daily files for the history too")
    generate.add_argument("--clean", action="store_true", help="flawless files, all in time")
    return parser


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is no date such as 2026-06-30") from error


def generate(options: argparse.Namespace) -> int:
    """Simulate and deliver; 0 when done, 2 with one line when it cannot be done."""
    try:
        settings = FranchiseSettings(
            restaurants=options.restaurants,
            days=options.days,
            seed=options.seed,
            last_day=options.last_day,
            orders_per_day=options.orders_per_day,
            opened_share=options.opened_share,
            daily_throughout=options.daily,
            dirty=not options.clean,
        )
        written = simulate(settings).deliver(options.folder)
    except (ForeignFileError, ValueError, OSError) as error:
        LOG.error("demo: %s", error)
        return 2
    LOG.info("%d files written to %s", len(written), options.folder)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    return generate(build_parser().parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
