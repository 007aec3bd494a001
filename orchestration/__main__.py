"""The command `franchise`: the pipeline's steps, what they made, and its upkeep."""

import logging
import sys

import typer
from botocore.exceptions import BotoCoreError, ClientError

from lake.errors import LakeError
from orchestration.commands.emr import emr
from orchestration.commands.options import complain
from orchestration.commands.results import results
from orchestration.commands.simulated import simulated
from orchestration.commands.steps import steps
from orchestration.commands.upkeep import upkeep
from orchestration.exit_codes import FAILED, OK, USAGE

app = typer.Typer(
    help="Operators' daily order files become correct, reconciled metrics.\n\n"
    "Exit codes: 0 done; 1 a step failed or figures do not reconcile; 2 wrong usage or set-up, "
    "no mart was touched; 3 done, but files are not in the numbers (they are listed).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for commands in (steps, emr, results, upkeep, simulated):
    app.add_typer(commands)


def main() -> None:
    """Entry point: every error of usage or set-up is one line on standard error and exit code 2."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        code = app(standalone_mode=False)
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    except typer.TyperException as error:
        complain(f"error: {error.format_message()}")
        code = USAGE
    except (BotoCoreError, ClientError) as error:
        said = " ".join(str(error).split()).rstrip(".")
        complain(
            f"error: AWS did not answer as asked: {said}. Check the credentials, the region and "
            "FRANCHISE_LAKE."
        )
        code = USAGE
    except LakeError as error:
        complain(f"error: {error}")
        code = FAILED
    sys.exit(code or OK)


if __name__ == "__main__":
    main()
