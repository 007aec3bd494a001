"""Statements that Redshift refuses, each with the page that says so, and what it accepts."""

import pytest

from redshift_standin.lint import lint, lint_models

FEATURES = "c_unsupported-postgresql-features"
PG_FUNCTIONS = "c_unsupported-postgresql-functions"
PG_TYPES = "c_unsupported-postgresql-datatypes"
LEADER = "c_SQL_functions_leader_node_only"
WINDOWS = "c_Window_functions"

REFUSED = [
    # functions
    ("select generate_series(1, 3)", "generate_series()", PG_FUNCTIONS),
    ("select * from generate_series(1, 3) as g", "generate_series()", PG_FUNCTIONS),
    ("select string_agg(a, ',') from t", "string_agg()", PG_FUNCTIONS),
    ("select array_agg(a) from t", "array_agg()", PG_FUNCTIONS),
    ("select arg_max(a, b) from t", "arg_max()", PG_FUNCTIONS),
    ("select unheard_of(a) from t", "unheard_of()", "c_SQL_functions"),
    ("select now() from t", "now()", LEADER),
    ("select current_timestamp from t", "current_timestamp()", LEADER),
    ("select age(a, b) from t", "age()", LEADER),
    ("select substr(a, 1, 2) from t", "substr()", LEADER),
    ("select current_schema() from t", "current_schema()", LEADER),
    ("select concat(a, b, c) from t", "concat()", "r_CONCAT"),
    ("select extract(isodow from a) from t", "date part isodow", "r_Dateparts"),
    ("select date_part(isoyear, a) from t", "date part isoyear", "r_Dateparts"),
    ("select listagg(a order by b) from t", "listagg(.. order by ..)", "r_LISTAGG"),
    (
        "select percentile_disc(0.5) within group (order by a) from t",
        "percentile_disc as an aggregate",
        "r_WF_PERCENTILE_DISC",
    ),
    (
        "select percentile_cont(0.5) within group (order by a), median(b) from t",
        "within group (order by a) and within group (order by b)",
        "r_PERCENTILE_CONT",
    ),
    # windows
    ("select sum(a) over (order by b) from t", "sum() over (order by ..)", WINDOWS),
    ("select first_value(a) over (order by b) from t", "first_value() over (order by", WINDOWS),
    (
        "select sum(a) over (order by b range between unbounded preceding and current row) from t",
        "sum() over (.. RANGE ..)",
        WINDOWS,
    ),
    (
        "select sum(a) over (order by b groups between 1 preceding and current row) from t",
        "sum() over (.. GROUPS ..)",
        WINDOWS,
    ),
    ("select rank() over (order by b rows unbounded preceding) from t", "rank() with", WINDOWS),
    (
        "select lag(a) over (order by b rows between 1 preceding and current row) from t",
        "lag() with a frame",
        WINDOWS,
    ),
    ("select count(distinct a) over (partition by b) from t", "count(distinct ..)", WINDOWS),
    ("select sum(a) over w from t window w as (partition by b)", "WINDOW clause", WINDOWS),
    # queries
    ("select count(*) filter (where a) from t", "FILTER", FEATURES),
    ("select * from t, lateral (select t.a) as l", "LATERAL", "r_FROM_clause30"),
    ("select array[1, 2]", "ARRAY[..]", PG_TYPES),
    ("select distinct on (a) a, b from t", "DISTINCT ON", "r_SELECT"),
    ("insert into t (a) select 1 on conflict do nothing", "ON CONFLICT", "r_INSERT"),
    ("delete from t where a = 1 returning a", "RETURNING", FEATURES),
    ("select * from (values (1), (2)) as v", "VALUES as a table", "r_FROM_clause30"),
    ("select a from t fetch first 3 rows only", "FETCH FIRST", "r_SELECT"),
    ("select a from t tablesample system (10)", "TABLESAMPLE", "r_SELECT"),
    ("select a from t for update", "FOR UPDATE", "r_SELECT"),
    ("select a from t where a is distinct from b", "IS DISTINCT FROM", PG_FUNCTIONS),
    ("select a ->> 'x' from t", "->>", PG_TYPES),
    ("select a from (select a from t)", "(select ..) in FROM", "r_FROM_clause30"),
    (
        "select a from t where exists (select 1 from u where u.b > t.b)",
        "a correlated sub-query without =",
        "r_correlated_subqueries",
    ),
    (
        "select (select u.a from u where u.b = t.b limit 1) as a from t",
        "a correlated sub-query with LIMIT",
        "r_correlated_subqueries",
    ),
    ("select count(*) from stl_query", "stl_query", "serverless-monitoring"),
    ("select count(*) from svl_qlog", "svl_qlog", "serverless-monitoring"),
    # types
    ("select cast(a as jsonb) from t", "type jsonb", PG_TYPES),
    ("select cast(a as uuid) from t", "type uuid", PG_TYPES),
    ("create table t (a text[])", "type array<text>", PG_TYPES),
    ("create table t (a serial)", "type serial", PG_TYPES),
    ("select cast(a as hugeint) from t", "type int128", PG_TYPES),
    ("select cast(a > 1 as varchar(5)) from t", "a boolean cast to text", "c_Supported_data_types"),
    # statements
    ("create table t (a int check (a > 0))", "CHECK", "r_CREATE_TABLE_NEW"),
    (
        "create table t (a int, b int generated always as (a * 2) stored)",
        "a generated column",
        "r_CREATE_TABLE_NEW",
    ),
    ("create table t (a int) partition by list (a)", "PARTITION BY", "r_CREATE_TABLE_NEW"),
    ("create unlogged table t (a int)", "UNLOGGED", "r_CREATE_TABLE_NEW"),
    ("create index i on t (a)", "CREATE INDEX", FEATURES),
    ("create sequence s", "CREATE SEQUENCE", FEATURES),
    (
        "create trigger g before insert on t for each row execute function f()",
        "CREATE TRIGGER",
        FEATURES,
    ),
    ("create extension hstore", "CREATE EXTENSION", FEATURES),
    ("alter table t alter column a type bigint", "ALTER COLUMN TYPE", "r_ALTER_TABLE"),
    ("alter table t add column a int, add column b int", "ALTER TABLE with two", "r_ALTER_TABLE"),
    (
        "merge into t as x using s on x.a = s.a when matched then update set b = s.b "
        "when not matched then insert (a) values (s.a)",
        "MERGE with an alias",
        "r_MERGE",
    ),
    (
        "merge into t using s on t.a = s.a when matched and s.b = 1 then update set b = s.b "
        "when not matched then insert (a) values (s.a)",
        "WHEN MATCHED AND",
        "r_MERGE",
    ),
    (
        "merge into t using s on t.a = s.a when matched then update set b = s.b",
        "other WHEN branches",
        "r_MERGE",
    ),
    (
        "merge into t using (select 1 as a) as s on t.a = s.a when matched then update set a = s.a "
        "when not matched then insert (a) values (s.a)",
        "MERGE USING (select ..)",
        "r_MERGE",
    ),
    # not even the grammar
    ("select a // 2 from t", "syntax", "r_SELECT"),
    ("select cast(a as string) from t", "syntax", "r_SELECT"),
    ("select from where", "syntax", "r_SELECT"),
]

ACCEPTED = [
    "select now()",  # no table is read: it runs on the leader node
    "select now() from pg_class",
    "select a, row_number() over (partition by b order by c) as n from t qualify n = 1",
    "select sum(a) over (partition by b order by c rows unbounded preceding) from t",
    "select sum(a) over (partition by b) from t",
    "select median(a) over (partition by b) from t",
    "select percentile_cont(0.5) within group (order by a), median(a) from t",
    "select listagg(distinct a, ',') within group (order by a) from t",
    "select dateadd(month, 1, a), datediff(day, a, b), date_trunc('week', a) from t",
    "select nvl(a, b), decode(a, 1, 'x', 'y'), a || 'b', getdate() from t",
    "select try_cast(a as int), a::decimal(18, 2), cast(a as double precision) from t",
    "select trim(a), position('x' in a), extract(dow from b), a ilike 'x%', a ~ '^x' from t",
    "select a from t where exists (select 1 from u where u.a = t.a)",
    "with recursive n (i) as (select 1 union all select i + 1 from n where i < 5) select i from n",
    "select * from t exclude (a)",
    "create table d.s.t diststyle key distkey (a) compound sortkey (b, c) as (select 1 as a)",
    "create table t (a bigint identity(1, 1), b varchar(20) not null, c super, primary key (a))",
    "create view v as (select a from t) with no schema binding",
    "merge into t using s on t.a = s.a when matched then update set b = s.b "
    "when not matched then insert values (s.a, s.b)",
    "copy t from 's3://bucket/manifest' iam_role default format as parquet manifest",
    "unload ('select 1') to 's3://bucket/prefix' iam_role default format parquet",
    "alter table t append from s",
    "alter table t alter column a type varchar(300)",
    "insert into t (a, b) values (1, 'x')",
    "delete from t using s where t.a = s.a",
    "grant select on t to role analyst",
    "create masking policy m with (a varchar(64)) using (null::varchar(64))",
    "create rls policy p with (a varchar(64)) using (a = 'x')",
    "vacuum t",
]

TRAPS = [
    ("select avg(a) from t", "avg()"),
    ("select avg(cast(a as decimal(18, 2))) from t", "avg()"),
    ("select percentile_cont(0.5) within group (order by a) from t", "percentile_cont()"),
    ("select median(a) from t", "median()"),
    ("select datediff(week, a, b) from t", "datediff(week, ..)"),
    ("select regexp_replace(a, 'x', 'y') from t", "regexp_replace()"),
    ("select concat(a, b) from t", "concat()"),
    ("select count(a) / count(*) as r from t", "count(a) / count(*)"),
    ("select 5 / 2 as r", "5 / 2"),
    (
        "select cast(a as decimal(38, 4)) / nullif(cast(b as decimal(18, 4)), 0) as r from t",
        "cast(a as decimal(38, 4)) / nullif(cast(b as decimal(18, 4)), 0)",
    ),
]

NO_TRAPS = [
    "select avg(cast(a as double precision)) from t",
    "select median(a::float8) from t",
    "select percentile_cont(0.5) within group (order by cast(a as double precision)) from t",
    "select cast(count(a) as decimal(18, 4)) / nullif(count(*), 0) as r from t",
    "select datediff(day, a, b) / 7.0 as r from t",
    "select cast(a as decimal(19, 4)) / cast(b as decimal(18, 4)) as r from t",
]


@pytest.mark.parametrize(("sql", "construct", "page"), REFUSED)
def test_what_redshift_refuses_is_named_with_the_page_that_says_so(sql, construct, page):
    found = [f for f in lint(sql) if f.construct.startswith(construct)]
    assert found, lint(sql)
    assert found[0].page.startswith(page)
    assert found[0].remedy


@pytest.mark.parametrize("sql", ACCEPTED)
def test_what_redshift_accepts_passes(sql):
    assert lint(sql) == []


@pytest.mark.parametrize(("sql", "construct"), TRAPS)
def test_a_model_whose_answer_depends_on_the_engine_is_named(sql, construct):
    assert lint(sql) == []
    (message,) = lint_models([("model m", sql)])
    assert message.startswith(f"model m: {construct}: ")


@pytest.mark.parametrize("sql", NO_TRAPS)
def test_a_model_with_explicit_types_is_no_trap(sql):
    assert lint_models([("model m", sql)]) == []


def test_a_message_names_the_model_the_construct_and_the_remedy():
    (message,) = lint_models([("model fct_orders", "select substr(a, 1, 2) from t")])
    assert message == (
        "model fct_orders: substr(): it runs on the leader node only, and fails in a query that "
        "reads tables. Write substring(x, start, length). "
        "(docs.aws.amazon.com/redshift/latest/dg/c_SQL_functions_leader_node_only.html)"
    )


def test_every_construct_of_a_statement_is_reported():
    sql = "select string_agg(a, ','), now() from t for update"
    assert {f.construct for f in lint(sql)} == {"string_agg()", "now()", "FOR UPDATE"}
