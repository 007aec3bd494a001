"""The operators' files of the last business date become tested, reconciled marts.

**When.** Every morning at 06:00 in the franchise's time zone (`default_timezone` of the dbt
project), for the business date that has just ended. Late, corrected and re-sent files are taken in
by whichever run sees them first; nothing needs to be run again for them.

**By hand.** *Trigger* counts up to the last business date that is loaded, or up to `as_of`; `full`
rebuilds the warehouse and the marts from nothing. A range of dates, one run after the other:
`airflow backfill create --dag-id daily_elt --max-active-runs 1 --from-date 2026-06-01
--to-date 2026-06-07`. Then trigger a run: it brings the marts back to the last date loaded.

**When a task fails.** The message says what broke and what to do. Every task may be cleared and run
again at any time: each finds what is done and goes on. One run at a time writes the warehouse.
A model that failed: clear its own task with what is downstream, and not `dbt_producer_watcher`.

**When a delivery is overdue.** `control` tells which restaurants have not delivered which date,
once for each; no task fails and none waits for it. The next run takes in what comes.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import DAG, Param
from airflow.timetables.interval import CronDataIntervalTimetable

from orchestration.airflow import dates, platform
from orchestration.airflow.alerts import report_failure

PARAMS = {
    "as_of": Param(
        None,
        type=["null", "string"],
        format="date",
        description="Last business date to count; empty: the run's own, or the last one loaded.",
    ),
    "full": Param(False, type="boolean", description="Rebuild from nothing."),
}
DEFAULTS = {
    "owner": "data",
    "retry_delay": timedelta(minutes=1),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "on_failure_callback": report_failure,
}

steps = platform.chosen()

with DAG(
    "daily_elt",
    schedule=CronDataIntervalTimetable("0 6 * * *", timezone=dates.ZONE),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    params=PARAMS,
    default_args=DEFAULTS,
    user_defined_macros=steps.MACROS,
    doc_md=__doc__,
):
    land = steps.land()
    clean = steps.clean(land)
    build = steps.build()
    normalize = steps.normalize()
    land >> clean >> normalize >> steps.load() >> build
    clean >> steps.report()
    normalize >> steps.control()
    build >> [steps.publish(), steps.reconcile()]
