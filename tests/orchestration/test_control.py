"""Delivery control as a terminal shows it."""

from datetime import UTC, date, datetime

from rich.console import Console

from ingestion.delivery_control import DayStatus
from orchestration.control import gaps_table


def test_names_of_files_and_restaurants_are_no_markup():
    due = datetime(2024, 3, 2, 17, tzinfo=UTC)
    files = ("boston [/old].csv", "items [final].csv")
    gap = DayStatus("R[1]", date(2024, 3, 1), "late", due, due, files)
    console = Console(width=200)
    with console.capture() as shown:
        console.print(gaps_table([gap]))
    assert "R[1]" in shown.get()
    assert "boston [/old].csv, items [final].csv" in shown.get()
