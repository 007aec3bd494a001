"""Who may read what on Redshift, after a build, a second build and a full refresh."""

import os
import re
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from unittest import mock

import pytest
import redshift_connector

from orchestration.redshift_warehouse import open_redshift
from orchestration.tables import TABLES
from redshift_standin.dbt import run_dbt

INFRA = Path(__file__).parents[2] / "infra" / "redshift"
BUILD = ["build", "--select", "+fct_orders", "+customer_clv", "+sales_by_location"]
BUILD += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
USERS = {"ana": "analyst", "rita": "customer_reader", "frank": "franchisee"}
LINE = {
    **dict.fromkeys(TABLES["order_items"]),
    "lineitem_id": "l1",
    "is_loyalty": False,
    "item_category": "Pizza",
    "item_price": "10.00",
    "item_quantity": 1,
    "_landing_id": "landing",
    "_source_row": 2,
    "_delivered_at": datetime(2026, 1, 4, 6),
}
COUNTED = {"superseded": 0, "price_total": "20.00", "superseded_price_total": "0"}
CUSTOMERS = "select customer_id, orders from marts.customer_clv order by 1"
RESTAURANTS = "select distinct restaurant_id from marts.fct_orders order by 1"


def statements(name):
    text = re.sub(r"--[^\n]*", "", (INFRA / name).read_text(encoding="utf-8"))
    return [part.strip() for part in text.split(";") if part.strip()]


class Franchise:
    """A warehouse of two restaurants with roles and policies, and users to ask it as."""

    def __init__(self, standin, root):
        self.variables = standin.new_database("policies") | {"REDSHIFT_POLICIES": "on"}
        self.store, self.root = standin.open_bucket("policies", root / "lake"), root

    def prepare(self):
        admin = self.variables["REDSHIFT_USER"]
        database = f"on database {self.variables['REDSHIFT_DATABASE']}"
        for sql in (*statements("roles.sql"), *statements("policies.sql")):
            self.ask(admin, sql.replace("on database franchise", database))
        self.ask(admin, f"grant role loader to {admin}")
        for user, role in USERS.items():
            self.ask(admin, f"create user {user} password 'Secret-1'")
            self.ask(admin, f"grant role {role} to {user}")
        self.ask(admin, "insert into access.franchisees values ('frank', 'r1')")

    def sell(self, day):
        """One order in each restaurant on a day of January 2026, each by a customer of its own."""
        at = datetime(2026, 1, day, 17)
        times = dict.fromkeys(("created_at", "ordered_at", "ordered_at_local"), at)
        lines = [
            LINE
            | times
            | {"business_date": date(2026, 1, day), "order_id": f"{restaurant}-{day}"}
            | {"order_restaurant_id": restaurant, "restaurant_id": restaurant, "user_id": customer}
            for restaurant, customer in (("r1", "hash-a"), ("r2", "hash-b"))
        ]
        dated = {"entity": "order_items", "business_date": f"2026-01-0{day}", "run_id": "run"}
        partition = dated | COUNTED | {"row_count": 2, "loaded_at": datetime(2026, 1, 5, 0, day)}
        with self.environment(), closing(open_redshift(self.store)) as warehouse:
            warehouse.create_tables()
            warehouse.add_rows("order_items", lines)
            warehouse.add_rows("_partitions", [partition])

    def build(self, *options):
        with self.environment():
            run_dbt([*BUILD, *options], self.root / "target")

    def environment(self):
        return mock.patch.dict(os.environ, self.variables)

    def ask(self, user, sql):
        """The rows that a user gets."""
        users = {self.variables["REDSHIFT_USER"]: self.variables["REDSHIFT_PASSWORD"]}
        with closing(
            redshift_connector.connect(
                host=self.variables["REDSHIFT_HOST"],
                port=int(self.variables["REDSHIFT_PORT"]),
                database=self.variables["REDSHIFT_DATABASE"],
                user=user,
                password=users.get(user, "Secret-1"),
                ssl=self.variables.get("REDSHIFT_SSLMODE") != "disable",
            )
        ) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()] if cursor.description else []


@pytest.fixture(scope="module")
def started(standin, tmp_path_factory):
    franchise = Franchise(standin, tmp_path_factory.mktemp("policies"))
    franchise.prepare()
    return franchise


@pytest.fixture(scope="module", params=["first build", "second build", "full refresh"])
def franchise(request, started):
    """The warehouse after each kind of build, one after the other; the orders of a customer."""
    kind = ("first build", "second build", "full refresh").index(request.param)
    if kind < 2:
        started.sell(2 + kind)
    started.build(*(["--full-refresh"] if kind == 2 else []))
    started.orders = min(kind + 1, 2)
    return started


def test_who_may_read_what(franchise):
    orders = franchise.orders
    assert franchise.ask("ana", CUSTOMERS) == [(None, orders), (None, orders)]
    assert franchise.ask("rita", CUSTOMERS) == [("hash-a", orders), ("hash-b", orders)]
    assert franchise.ask(franchise.variables["REDSHIFT_USER"], CUSTOMERS) == [
        ("hash-a", orders),
        ("hash-b", orders),
    ]
    assert franchise.ask("ana", RESTAURANTS) == [("r1",), ("r2",)]
    assert franchise.ask("frank", RESTAURANTS) == [("r1",)]
    assert franchise.ask("frank", "select distinct customer_id from marts.fct_orders") == [(None,)]


def test_a_masked_customer_cannot_be_found_by_a_filter_a_join_or_a_count(franchise):
    found = "select count(*) from marts.customer_clv where customer_id = 'hash-a'"
    assert franchise.ask("ana", found) == [(0,)]
    assert franchise.ask("rita", found) == [(1,)]
    joined = "select count(*) from marts.fct_orders as o join marts.customer_clv as c"
    assert franchise.ask("ana", f"{joined} on o.customer_id = c.customer_id") == [(0,)]
    counted = "with t as (select * from marts.fct_orders) select count(distinct customer_id) from t"
    assert franchise.ask("ana", counted) == [(0,)]
    assert franchise.ask("rita", counted) == [(2,)]


@pytest.mark.parametrize(
    ("user", "relation"),
    [
        ("frank", "marts.customer_clv"),  # of the whole franchise
        ("ana", "intermediate.int_customer_days"),
        ("ana", "pos.order_items"),
    ],
)
def test_what_was_not_granted_is_refused(franchise, user, relation):
    with pytest.raises(redshift_connector.ProgrammingError, match="permission denied"):
        franchise.ask(user, f"select count(*) from {relation}")


@pytest.mark.parametrize(
    ("policy", "grantee", "priority", "message"),
    [
        ("absent", "public", 0, 'masking policy "absent" does not exist'),
        ("shown", "role nobody", 5, 'role "nobody" does not exist'),
        ("hidden", "public", 7, 'policy "hidden" is attached to column "a" for public'),
        ("shown", "admin", 0, "with priority 0"),
    ],
)
def test_a_mask_that_cannot_be_attached_is_refused(run, policy, grantee, priority, message):
    run("create table t (a varchar(8))")
    for name, value in (("hidden", "cast(null as varchar(8))"), ("shown", "a")):
        run(f"create masking policy {name} with (a varchar(8)) using ({value})")
    run("attach masking policy hidden on t (a) to public")
    with pytest.raises(redshift_connector.ProgrammingError, match=message):
        run(f"attach masking policy {policy} on t (a) to {grantee} priority {priority}")
