"""The operations SQL: Redshift's grammar, and no mart with customers that lacks its mask."""

import re
from pathlib import Path

import pytest
import redshift_connector
import yaml

from redshift_standin.lint import lint

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "infra" / "redshift"


def statements(name):
    text = re.sub(r"--[^\n]*", "", (FOLDER / name).read_text(encoding="utf-8"))
    return [" ".join(part.split()) for part in text.split(";") if part.strip()]


@pytest.mark.parametrize("name", ["roles.sql", "policies.sql", "monitoring.sql"])
def test_every_statement_is_redshifts(name):
    assert len(statements(name)) > 5
    assert [(sql[:40], str(f)) for sql in statements(name) for f in lint(sql)] == []


def test_every_mart_with_customers_is_masked():
    with_customers = set()
    for path in (ROOT / "dbt_project" / "models" / "marts").rglob("*.yml"):
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            columns = {column["name"] for column in model.get("columns", [])}
            if "customer_id" in columns:
                with_customers.add(model["name"])
    policies = " ".join(statements("policies.sql"))
    hidden = set(re.findall(r"hide_customer on marts\.(\w+) \(customer_id\) to public", policies))
    assert hidden == with_customers


def test_the_grants_are_executed_and_policies_are_not(run):
    run("create schema marts")
    run("create table marts.early (a int)")
    for sql in statements("roles.sql"):
        run(sql.replace("on database franchise", "on database tests"))
    run("create table marts.late (a int)")
    for table in ("early", "late"):
        query = f"select has_table_privilege('analyst', 'marts.{table}', 'select')"
        assert run(query) == [(True,)]
        assert run(query.replace("'select'", "'delete'")) == [(False,)]
    for sql in statements("policies.sql")[:2]:
        with pytest.raises(redshift_connector.ProgrammingError, match="not emulated"):
            run(sql)
