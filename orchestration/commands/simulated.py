"""`franchise demo`: a simulated franchise behind a local Drive server, through every step."""

from typing import Annotated

import typer

from demo.franchise import ForeignFileError, simulate
from demo.settings import FranchiseSettings
from orchestration.commands.options import (
    DEFAULT_WORKSPACE,
    Engine,
    WorkspaceOption,
    console,
    usage_errors,
)
from orchestration.commands.steps import run_steps
from orchestration.demo import compare_with_truth, drive_of
from orchestration.exit_codes import FAILED, OK
from orchestration.pipeline import STEPS, Run, check_engine
from orchestration.run import write_report
from orchestration.summary import print_summary
from orchestration.workspace import open_workspace

simulated = typer.Typer()
DEFAULTS = FranchiseSettings()


@simulated.command()
def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    restaurants: Annotated[int, typer.Option(help="How many restaurants.")] = DEFAULTS.restaurants,
    days: Annotated[int, typer.Option(help="How many days of history.")] = DEFAULTS.days,
    seed: Annotated[int, typer.Option(help="Another seed, another franchise.")] = DEFAULTS.seed,
    daily: Annotated[
        bool, typer.Option("--daily", help="Daily files for the history too.")
    ] = False,
    engine: Engine = "sail",
) -> None:
    """Simulate a franchise and run every step over the files in its (local) Drive.

    Ends with 0 when the marts are what was simulated, quarantined files included, else with 1.

    Example: franchise demo --restaurants 60 --days 365
    """
    settings = _settings(restaurants, days, seed, daily)
    with usage_errors():
        check_engine(engine)
        place = open_workspace(workspace)
    with console.status("Simulating a franchise"):
        franchise = simulate(settings)
    try:
        with drive_of(franchise, place) as source:
            plan = Run(place, source, engine=engine)
            report = run_steps(plan, [step.name for step in STEPS])
    except ForeignFileError as error:
        raise typer.TyperException(f"{error}, or remove {place.drive}") from error
    report["checks"] += compare_with_truth(place, franchise.truth())
    write_report(plan, report)
    print_summary(console, place, report)
    raise typer.Exit(OK if all(check["ok"] for check in report["checks"]) else FAILED)


def _settings(restaurants: int, days: int, seed: int, daily: bool) -> FranchiseSettings:
    try:
        return FranchiseSettings(
            restaurants=restaurants, days=days, seed=seed, daily_throughout=daily
        )
    except ValueError as error:
        raise typer.TyperException(str(error)) from error
