"""What a run says at its end."""

import io

import pytest
from rich.console import Console

from orchestration.summary import print_missing, print_summary
from orchestration.workspace import Workspace

DAY = {"business_date": "2026-06-29", "due_at": "2026-06-30 16:00 UTC", "stale": False}


@pytest.fixture
def said(tmp_path):
    """The summary of a run whose steps reported some facts."""

    def call(**steps):
        console = Console(file=io.StringIO(), width=200)
        report = {"run_id": "r", "steps": steps, "missing": []}
        print_summary(console, Workspace(tmp_path), report)
        return console.file.getvalue()

    return call


def test_restaurants_that_took_the_default_time_zone_are_named_the_wrong_zones_first(said):
    without = ["r1", "r2", "r3", "r4", "r5", "[r6]"]
    facts = {"restaurants_without_timezone": without, "unknown_timezones": {"[r6]": "Mars"}}
    told = said(normalize=facts)
    line = "6 restaurants took the default: [r6] ('Mars' is unknown), r1, r2, r3, r4 and 1 more"
    assert line in told
    assert "Time zones" not in said(normalize=dict.fromkeys(facts, ()))


def test_after_clean_alone_rejected_rows_and_the_place_of_the_reports_are_told(said, tmp_path):
    told = said(clean={"rows_loaded": 1200, "rows_rejected": 3}, report={"pages": 2})
    assert "1,200 cleaned, 3 quarantined with their reason" in told
    assert str(tmp_path / "lake" / "reports") in told


def test_a_held_file_is_named_with_its_remedy():
    console = Console(file=io.StringIO(), width=200)
    held = {"path": "rota.csv", "reason": "header_unknown", "message": "begins: Name"}
    print_missing(console, [held, {"path": "b.csv", "reason": "HTTP 404"}])
    lines = console.file.getvalue().splitlines()
    assert lines[2] == "  rota.csv: header_unknown: begins: Name"
    assert lines[3].startswith("    Deliver the file with its original header row")
    assert lines[4:] == ["  b.csv: HTTP 404"]


def test_a_name_of_a_file_commands_no_terminal():
    console = Console(file=io.StringIO(), width=200)
    print_missing(console, [{"path": "a\x1b[31m\n  b.csv", "reason": "HTTP 404"}])
    assert console.file.getvalue().splitlines()[2:] == ["  a?[31m?  b.csv: HTTP 404"]


def test_overdue_deliveries_are_counted(said):
    overdue = [DAY | {"missing": ["r1", "r2"], "held": ["r3"]}]
    assert "3 are overdue; `franchise reconcile` lists them" in said(control={"overdue": overdue})


def test_dates_that_nobody_delivered_are_no_news_over_old_files(said):
    overdue = [DAY | {"missing": ["r1"], "held": [], "stale": True}]
    assert "overdue" not in said(control={"overdue": overdue})


def test_a_range_of_dates_says_how_many_history_held_already(said):
    built = said(build={"nodes": {"model": 46, "test": 151}, "dates": 2, "recorded_before": 5})
    assert "46 models built, 151 tests passed; business dates recorded: 2" in built
    assert "recorded before: 5" in built
    nothing = said(build={"unchanged": True, "dates": 0, "recorded_before": 7})
    assert "nothing changed since the last build; business dates recorded: 0" in nothing
