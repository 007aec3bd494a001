"""The business date that a run counts up to."""

from datetime import UTC, datetime
from types import SimpleNamespace

from orchestration.airflow.dates import as_of, business_date


def dag_run(run_type: str, start: datetime) -> SimpleNamespace:
    return SimpleNamespace(run_type=run_type, data_interval_start=start)


SUMMER = datetime(2026, 6, 30, 10, tzinfo=UTC)  # 06:00 in New York, on daylight saving time
WINTER = datetime(2026, 1, 15, 11, tzinfo=UTC)  # 06:00 in New York, on standard time


def test_the_run_of_a_morning_counts_the_day_before():
    assert business_date(SUMMER) == "2026-06-30"
    assert business_date(WINTER) == "2026-01-15"


def test_the_business_date_is_that_of_the_zone_and_not_of_utc():
    assert business_date(datetime(2026, 7, 1, 1, tzinfo=UTC)) == "2026-06-30"


def test_a_scheduled_run_and_a_backfill_count_up_to_their_own_date():
    assert as_of(dag_run("scheduled", SUMMER), {}) == "2026-06-30"
    assert as_of(dag_run("backfill", WINTER), {}) == "2026-01-15"


def test_a_run_by_hand_counts_what_is_loaded():
    assert as_of(dag_run("manual", SUMMER), {"as_of": None}) == ""


def test_the_parameter_wins_over_the_schedule():
    assert as_of(dag_run("scheduled", SUMMER), {"as_of": "2026-03-31"}) == "2026-03-31"
