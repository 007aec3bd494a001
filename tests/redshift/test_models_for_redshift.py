"""The project compiled for Redshift, its first and its later runs, without a database."""

import pytest

from redshift_standin.compiled import compile_project
from redshift_standin.lint import lint_models


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """dbt's target folder: what is compiled second is not parsed again."""
    return tmp_path_factory.mktemp("target")


@pytest.fixture(scope="module", params=[False, True], ids=["first run", "later run"])
def compiled(request, target):
    return compile_project(target, existing=request.param)


def test_redshift_refuses_nothing_in_the_project(compiled):
    assert lint_models(compiled) == []


def test_every_mart_of_the_brief_was_looked_at(compiled):
    names = {name for name, _ in compiled}
    marts = ("customer_clv", "customer_rfm", "customer_churn", "sales_trends", "loyalty_impact")
    assert names >= {f"model {mart}" for mart in (*marts, "location_performance", "fct_orders")}
