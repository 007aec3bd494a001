"""The short summary at the end of a run, for the person who started it."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingestion.contract import load_reasons
from lake import layout
from orchestration.shown import shown
from orchestration.workspace import Workspace

LISTED = 20  # files that are named on the terminal
NAMED = 5  # restaurants


def print_summary(console: Console, workspace: Workspace, report: dict[str, Any]) -> None:
    """Print what a run did: files, rows, reconciliation, where things are, headline numbers."""
    steps = report["steps"]
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, line in (
        ("Files", _files(steps)),
        ("Rows", _rows(report)),
        ("Time zones", _timezones(steps)),
        ("Reconciliation", _reconciliation(report)),
        ("Marts", _marts(steps)),
        ("Deliveries", _overdue(steps)),
        ("Headlines", _headlines(report)),
        ("Warehouse", str(workspace.warehouse) if "load" in steps or "build" in steps else ""),
        ("Docs", str(workspace.docs) if "publish" in steps else ""),
        ("To operators", workspace.store.url(layout.REPORTS) if "report" in steps else ""),
        ("Report", str(workspace.reports / f"{report['run_id']}.json")),
    ):
        if line:
            table.add_row(f"[bold]{name}[/bold]", line)
    console.print()
    console.print(table)
    print_missing(console, report["missing"])


def _files(steps: dict[str, Any]) -> str:
    if "land" not in steps:
        return ""
    facts = steps["land"]
    parts = [f"{facts['files']:,} seen", f"{facts['landed']:,} new"]
    parts += [f"{n:,} {verdict}" for verdict, n in facts["others"].items() if n]
    return f"{', '.join(parts)}; {facts['bytes_downloaded']:,} bytes downloaded"


def _rows(report: dict[str, Any]) -> str:
    rows = report.get("rows")
    if not rows:
        return _cleaned(report["steps"])
    return (
        f"{rows['loaded']:,} loaded, {rows['rejected']:,} quarantined with their reason, "
        f"{rows['superseded']:,} superseded, {rows['pending']:,} pending"
    )


def _cleaned(steps: dict[str, Any]) -> str:
    if "clean" not in steps:
        return ""
    loaded, rejected = steps["clean"]["rows_loaded"], steps["clean"]["rows_rejected"]
    return f"{loaded:,} cleaned, {rejected:,} quarantined with their reason"


def _timezones(steps: dict[str, Any]) -> str:
    """Restaurants whose orders were placed by the default time zone; whose own zone is wrong."""
    without = steps.get("normalize", {}).get("restaurants_without_timezone", [])
    if not without:
        return ""
    unknown = steps["normalize"]["unknown_timezones"]
    wrong = [f"{name} ({unknown[name]!r} is unknown)" for name in without if name in unknown]
    named = [*wrong, *(name for name in without if name not in unknown)][:NAMED]
    more = f" and {len(without) - NAMED} more" if len(without) > NAMED else ""
    return f"{len(without):,} restaurants took the default: {escape(shown(', '.join(named)))}{more}"


def _reconciliation(report: dict[str, Any]) -> str:
    checks = report.get("checks")
    if not checks:
        return ""
    failed = [c for c in checks if not c["ok"]]
    if not failed:
        return f"[green]{len(checks)} of {len(checks)} checks agree, rows and cents[/green]"
    lines = [f"{c['name']}: expected {c['expected']}, found {c['found']}" for c in failed]
    return "[red]" + "\n".join(lines) + "[/red]"


def _marts(steps: dict[str, Any]) -> str:
    if "build" not in steps:
        return ""
    facts = steps["build"]
    if facts.get("unchanged"):
        return "nothing changed since the last build" + _dates(facts)
    nodes = facts["nodes"]
    built = f"{nodes.get('model', 0)} models built, {nodes.get('test', 0)} tests passed"
    return built + _dates(facts)


def _dates(facts: dict[str, Any]) -> str:
    """What a range of dates came to."""
    if "dates" not in facts:
        return ""
    recorded = facts["recorded_before"]
    before = f"; recorded before: {recorded:,}" if recorded else ""
    return f"; business dates recorded: {facts['dates']:,}{before}"


def _overdue(steps: dict[str, Any]) -> str:
    """How many deliveries are missing of the dates that others have delivered."""
    days = [day for day in steps.get("control", {}).get("overdue", []) if not day["stale"]]
    count = sum(len(day["missing"]) + len(day["held"]) for day in days)
    return f"{count:,} are overdue; `franchise reconcile` lists them" if count else ""


def _headlines(report: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in report.get("headlines", {}).items())


def checks_table(checks: list[dict[str, Any]]) -> Table:
    """Every check with what was expected and what was found."""
    table = Table("", "check", "expected", "found")
    for check in checks:
        mark = "[green]ok[/green]" if check["ok"] else "[red]differs[/red]"
        table.add_row(mark, check["name"], check["expected"], check["found"])
    return table


def print_missing(console: Console, files: list[dict[str, str]]) -> None:
    """List the files that are not in the numbers, with the reason of each and what to do."""
    if not files:
        return
    reasons = load_reasons()
    console.print(f"\n[yellow]{len(files)} files are not in these numbers:[/yellow]")
    for file in files[:LISTED]:
        line = f"  {file['path']}: {file['reason']}"
        if file.get("message"):
            line += f": {file['message']}"
        console.print(shown(line), markup=False, highlight=False, soft_wrap=True)
        if reason := reasons.get(file["reason"]):
            console.print(f"    {reason.remedy}", markup=False, highlight=False, soft_wrap=True)
    if len(files) > LISTED:
        console.print(f"  and {len(files) - LISTED} more; the report names them all")
