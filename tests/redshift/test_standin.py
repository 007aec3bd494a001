"""What the stand-in answers, beside the page of AWS' guide (or the measurement) that says so."""

from datetime import date, datetime
from decimal import Decimal

import pytest
import redshift_connector

ANSWERS = [
    # numbers
    ("select 5 / 2", 2, "c_Supported_data_types: integers divide to an integer"),
    ("select avg(a) from (select 1 as a union all select 2) as t", 1, "r_AVG: a truncated bigint"),
    (
        "select avg(a) from (select 1.00 as a union all select 1.00 union all select 1.01) as t",
        Decimal("1.00"),
        "r_AVG: a decimal keeps its scale",
    ),
    (
        "select percentile_cont(0.25) within group (order by a) "
        "from (select 1.25 as a union all select 1.30) as t",
        1.2625,
        "r_PERCENTILE_CONT: it interpolates",
    ),
    ("select median(a) from (select 1 as a union all select 4) as t", 2.5, "r_MEDIAN"),
    ("select round(2.345, 2)", Decimal("2.35"), "r_ROUND"),
    ("select mod(-7, 3)", -1, "r_MOD"),
    ("select dlog10(100)", 2.0, "r_DLOG10"),
    # nulls
    (
        "select listagg(coalesce(a, 'null'), ' ') within group (order by a desc) "
        "from (select 'x' as a union all select null) as t",
        "null x",
        "r_SELECT: nulls come first in a descending order",
    ),
    ("select nvl(null, 3)", 3, "r_NVL_function"),
    ("select nvl2(null, 'a', 'b')", "b", "r_NVL2"),
    ("select decode(null, null, 'same', 'other')", "same", "r_DECODE_expression"),
    ("select concat('a', null)", None, "r_CONCAT"),
    # dates
    ("select datediff(month, '2026-01-31', '2026-02-01')", 1, "r_DATEDIFF_function: boundaries"),
    ("select datediff(year, '2025-12-31', '2026-01-01')", 1, "r_DATEDIFF_function"),
    ("select datediff(qtr, '2025-12-31', '2026-07-01')", 3, "r_DATEDIFF_function"),
    ("select datediff(minute, '2026-01-01 10:00:59', '2026-01-01 10:01:00')", 1, "r_DATEDIFF"),
    ("select dateadd(day, 30, '2026-01-31')", datetime(2026, 3, 2), "r_DATEADD_function"),
    ("select dateadd(quarter, 1, '2026-01-15')", datetime(2026, 4, 15), "r_DATEADD_function"),
    ("select add_months('2008-03-31', 1)", datetime(2008, 4, 30), "r_ADD_MONTHS"),
    ("select add_months('2008-04-30', 1)", datetime(2008, 5, 31), "r_ADD_MONTHS: last day stays"),
    (
        "select date_trunc('week', cast('2024-03-03' as date))",
        datetime(2024, 2, 26),
        "r_DATE_TRUNC: Mondays, and a timestamp",
    ),
    ("select cast('2026-03-01' as date) - cast('2026-02-01' as date)", 28, "r_DATE_functions"),
    ("select cast('2026-02-01' as date) + 28", date(2026, 3, 1), "r_DATE_functions"),
    ("select last_day('2024-02-05')", date(2024, 2, 29), "r_LAST_DAY"),
    ("select next_day('2014-08-20', 'Tuesday')", date(2014, 8, 26), "r_NEXT_DAY"),
    ("select months_between('1969-01-18', '1969-03-18')", -2.0, "r_MONTHS_BETWEEN_function"),
    (
        "select convert_timezone('America/New_York', '2026-03-08 03:30:00')",
        datetime(2026, 3, 7, 22, 30),
        "CONVERT_TIMEZONE",
    ),
    ("select getdate() = date_trunc('second', getdate())", True, "r_GETDATE: no fractions"),
    # texts
    ("select regexp_replace('a1b2', '[0-9]', '-')", "a-b-", "REGEXP_REPLACE: every match"),
    ("select cast('abcdef' as varchar(3))", "abc", "r_Character_types: a cast cuts"),
    ("select len('abc')", 3, "r_LEN"),
    ("select charindex('b', 'abc')", 2, "r_CHARINDEX"),
    ("select strtol('ff', 16)", 255, "r_STRTOL"),
    ("select replicate('ab', 2)", "abab", "r_REPLICATE"),
    (
        "select listagg(distinct a, ',') within group (order by a) "
        "from (select 'b' as a union all select 'a' union all select 'a') as t",
        "a,b",
        "r_LISTAGG",
    ),
    ("""select json_extract_path_text('{"a": {"b": "c"}}', 'a', 'b')""", "c", "JSON_EXTRACT"),
    ("select try_cast('x' as int)", None, "r_TRY_CAST"),
    ("select md5('é')", "66ddcd97cfdeabb2f6fb8a999b4bc76f", "r_MD5: of the UTF-8 bytes"),
    ("select version() like 'PostgreSQL%'", True, "r_VERSION: it says PostgreSQL 8.0.2"),
]

REFUSED = [
    ("select 1 / 0", "division by zero", "r_OPERATOR_SYMBOLS"),
    ("select 1.0 / 0", "division by zero", "r_OPERATOR_SYMBOLS"),
    ("select cast('1.7' as int)", "invalid input syntax", "r_CAST_function"),
    ("select a::varchar(5) from (select 1 = 1 as a) as t", "cannot cast", "r_Boolean_type"),
    ("select now() from t", "leader node", "c_SQL_functions_leader_node_only"),
    ("select generate_series(1, 2)", "no such function", "c_unsupported-postgresql-functions"),
    ("select sum(a) over (order by a) from t", "frame clause", "c_Window_functions"),
    ("select a from t for update", "FOR UPDATE", "r_SELECT"),
    ("create index i on t (a)", "CREATE INDEX", "c_unsupported-postgresql-features"),
    ("insert into t values (1, 'abcd')", "character varying", "r_Character_types: an error"),
    ("insert into t values (1, 'éé')", "t_b_check", "r_Character_types: bytes, not characters"),
    ("insert into t values (null, 'a')", "null value", "r_CREATE_TABLE_NEW: NOT NULL is held"),
    ("select * from t pivot (count(*) for a in (1, 2))", "not emulated", None),
    ("select a from missing", "does not exist", None),
]


@pytest.mark.parametrize(("sql", "expected", "source"), ANSWERS)
def test_an_expression_has_redshifts_value(run, sql, expected, source):
    assert run(sql) == [(expected,)]


@pytest.mark.parametrize(("sql", "message", "source"), REFUSED)
def test_what_redshift_refuses_fails(run, sql, message, source):
    run("create table t (a int not null, b varchar(3))")
    with pytest.raises(redshift_connector.ProgrammingError, match=message):
        run(sql)


def test_a_failed_statement_fails_its_transaction(run):
    run("create table t (a int)")
    run("begin")
    run("insert into t values (1)")
    with pytest.raises(redshift_connector.ProgrammingError, match="leader node"):
        run("select now() from t")
    with pytest.raises(redshift_connector.ProgrammingError, match="transaction is aborted"):
        run("select a from t")
    run("rollback")
    assert run("select count(*) from t") == [(0,)]


def test_truncate_commits_the_transaction_it_is_in(run):
    """r_TRUNCATE: it commits immediately and cannot be rolled back."""
    run("create table t (a int)")
    run("insert into t values (1)")
    run("begin")
    run("truncate t")
    run("rollback")
    assert run("select count(*) from t") == [(0,)]


def test_names_are_folded_to_lower_case_even_in_quotes(run):
    """r_names: identifiers are case-insensitive and folded to lower case."""
    run('create table "Mixed" ("Case" int)')
    run('insert into mixed ("CASE") values (1)')
    assert run('select "cASE" from MIXED') == [(1,)]


def test_keys_are_informational_and_not_null_is_not(run):
    """t_Defining_constraints: uniqueness, primary key and foreign key are not enforced."""
    run("create table t (a int not null, primary key (a), unique (a))")
    run("insert into t values (1)")
    run("insert into t values (1)")
    assert run("select count(*) from t") == [(2,)]


def test_text_and_varchar_without_a_length_have_256_bytes(run):
    """r_Character_types: VARCHAR without a length is VARCHAR(256), TEXT is too."""
    run("create table t (a varchar, b text)")
    with pytest.raises(redshift_connector.ProgrammingError, match="too long"):
        run(f"insert into t values ('{'x' * 257}', '')")


def test_dist_and_sort_keys_are_in_the_table_info(run):
    run("create table t distkey (a) compound sortkey (b, a) as (select 1 as a, 2 as b)")
    info = 'select diststyle, sortkey1, sortkey_num, tbl_rows from svv_table_info where "table" = '
    assert run(f"{info}'t'") == [("KEY(a)", "b", 2, 1)]


def test_qualify_keeps_the_columns_and_filters_the_rows(run):
    """r_QUALIFY_clause."""
    run("create table t (a int, b int)")
    run("insert into t values (1, 1), (1, 2), (2, 3)")
    latest = "row_number() over (partition by a order by b desc)"
    expected = [(1, 2), (2, 3)]
    assert run(f"select * from t qualify {latest} = 1 order by a") == expected
    assert run(f"select t.*, {latest} as n from t qualify n = 1 order by a") == [
        (1, 2, 1),
        (2, 3, 1),
    ]
    assert run(
        f"with q as (select a, b from t qualify {latest} = 1) select * from q order by a"
    ) == (expected)


def test_merge_updates_and_inserts(run):
    """r_MERGE."""
    run("create table t (a int, b int)")
    run("create table s (a int, b int)")
    run("insert into t values (1, 1)")
    run("insert into s values (1, 10), (2, 20)")
    run(
        "merge into t using s on t.a = s.a when matched then update set b = s.b "
        "when not matched then insert values (s.a, s.b)"
    )
    assert run("select a, b from t order by a") == [(1, 10), (2, 20)]


def test_parameters_of_the_driver_reach_the_statement(open_connection):
    cursor = open_connection().cursor()
    cursor.execute("create table t (a int, b varchar(10), c date, d decimal(10, 2))")
    values = (1, "it's", date(2026, 1, 2), Decimal("1.50"))
    cursor.execute("insert into t values (%s, %s, %s, %s), (%s, %s, %s, %s)", values * 2)
    cursor.execute("select * from t where b = %s", ("it's",))
    assert [tuple(row) for row in cursor.fetchall()] == [values, values]


def test_a_wrong_password_is_refused(open_connection):
    with pytest.raises(redshift_connector.Error, match="password authentication failed"):
        open_connection(password="wrong")


def test_an_unknown_database_is_refused(open_connection):
    with pytest.raises(redshift_connector.Error, match="does not exist"):
        open_connection(database="nowhere")


def test_a_connection_without_encryption_must_be_asked_for(open_connection):
    with pytest.raises(redshift_connector.InterfaceError, match="Server refuses SSL"):
        open_connection(ssl=True)
