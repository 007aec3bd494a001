"""An Airflow of its own: a home in a temporary folder, SQLite; and what its runs left."""

from pathlib import Path

import duckdb

ROOT = Path(__file__).resolve().parents[3]
DAGS = ROOT / "orchestration" / "dags"
CARD_KEY = {"FRANCHISE_CARD_KEY": "0f" * 32}  # the same everywhere, so equal cards look equal


def airflow_environment(home: Path, workspace: Path, **settings: str) -> dict[str, str]:
    """The environment of every part of an Airflow whose DAG works in `workspace`."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "DO_NOT_TRACK": "1",
        "PYTHONPATH": str(ROOT),
        "FRANCHISE_WORKSPACE": str(workspace),
        **CARD_KEY,
        **settings,
    }


def rows(workspace: Path, schema: str) -> dict[str, list[tuple]]:
    """Every row of every table of a schema, by name, but for the times of landing and cleaning."""
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, string_agg(column_name, ', ' order by ordinal_position) "
            "from information_schema.columns where table_schema = ? "
            "and column_name not in ('landed_at', 'cleaned_at', 'loaded_at', 'run_id') "
            "group by table_name",
            [schema],
        ).fetchall()
        return {
            table: connection.execute(
                f"select {names} from {schema}.{table} order by all"
            ).fetchall()
            for table, names in columns
        }
