"""COPY and UNLOAD of Parquet on the stand-in, with the strictness of COPY's documentation.

copy-parameters-data-format, copy-usage_notes-copy-from-columnar, loading-data-files-using-manifest,
r_UNLOAD of AWS' guide. Types are compared exactly, which is the safe side of what is not known.
"""

import json
from datetime import date, datetime
from decimal import Decimal

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import redshift_connector

TABLE = "create table t (a bigint not null, b varchar(4), c decimal(10, 2), d date, e timestamp)"
COPY = "copy t from 's3://{}/manifest' iam_role default format as parquet manifest"
ROWS = {
    "a": pa.array([1, 2], pa.int64()),
    "b": pa.array(["", None], pa.string()),
    "c": pa.array([Decimal("1.50"), None], pa.decimal128(10, 2)),
    "d": pa.array([date(2026, 1, 2), None], pa.date32()),
    "e": pa.array([datetime(2026, 1, 2, 3, 4, 5), None], pa.timestamp("us")),
}
LOADED = [(1, "", Decimal("1.50"), date(2026, 1, 2), datetime(2026, 1, 2, 3, 4, 5))]
LOADED += [(2, None, None, None, None)]


@pytest.fixture
def folder(standin, redshift, tmp_path):
    """A folder that the stand-in knows as a bucket; the bucket's name is the database's."""
    standin.open_bucket(redshift["REDSHIFT_DATABASE"], tmp_path)
    return tmp_path


@pytest.fixture
def copy(folder, run, redshift):
    """Writes a Parquet file and its manifest, and copies it into a new table `t`."""
    bucket = redshift["REDSHIFT_DATABASE"]
    run(TABLE)

    def copy_one(columns=ROWS, entry=None, statement=COPY):
        pq.write_table(pa.table(columns), folder / "rows.parquet")
        size = (folder / "rows.parquet").stat().st_size
        whole = {
            "url": f"s3://{bucket}/rows.parquet",
            "mandatory": True,
            "meta": {"content_length": size},
        }
        manifest = {"entries": [whole | (entry or {})]}
        (folder / "manifest").write_text(json.dumps(manifest))
        run(statement.format(bucket))
        return run("select * from t order by a")

    return copy_one


def test_parquet_is_read_by_position_with_nulls_and_empty_texts(copy):
    assert copy() == LOADED


def test_the_names_of_the_columns_do_not_matter(copy):
    names = dict(zip("vwxyz", ROWS.values(), strict=True))
    assert copy(names) == LOADED


OTHER_FILES = [
    (ROWS | {"a": pa.array([1, 2], pa.int32())}, "int32, incompatible with a bigint"),
    (ROWS | {"c": pa.array([None, None], pa.decimal128(12, 4))}, r"decimal128\(12, 4\)"),
    (ROWS | {"e": pa.array([None, None], pa.timestamp("us", "UTC"))}, "incompatible with e"),
    (ROWS | {"b": pa.array([1, 2], pa.int64())}, "incompatible with b"),
    ({k: v for k, v in ROWS.items() if k != "e"}, "4 columns, the table has 5"),
    ({"b": ROWS["b"], "a": ROWS["a"]} | {k: ROWS[k] for k in "cde"}, "incompatible with a"),
    (ROWS | {"b": pa.array(["ééé", ""], pa.string())}, "Table: 4, Data: 6 bytes"),
    (ROWS | {"a": pa.array([1, None], pa.int64())}, "null value in column"),
]


@pytest.mark.parametrize(("columns", "message"), OTHER_FILES)
def test_a_file_of_another_shape_is_refused_whole(copy, run, columns, message):
    with pytest.raises(redshift_connector.ProgrammingError, match=message):
        copy(columns)
    assert run("select count(*) from t") == [(0,)]


OTHER_MANIFESTS = [
    ({"meta": {}}, "needs meta.content_length"),
    ({"meta": {"content_length": 1}}, "its manifest says 1"),
    ({"url": "s3://nobody/rows.parquet"}, "bucket does not exist"),
]


@pytest.mark.parametrize(("entry", "message"), OTHER_MANIFESTS)
def test_a_manifest_that_does_not_fit_its_file_is_refused(copy, entry, message):
    with pytest.raises(redshift_connector.ProgrammingError, match=message):
        copy(entry=entry)


def test_a_mandatory_file_that_is_absent_fails_the_copy(copy, folder, redshift):
    gone = f"s3://{redshift['REDSHIFT_DATABASE']}/gone.parquet"
    with pytest.raises(
        redshift_connector.ProgrammingError, match=r"does not exist: .*gone\.parquet"
    ):
        copy(entry={"url": gone})


def test_an_optional_file_that_is_absent_is_left_out(copy, redshift):
    gone = f"s3://{redshift['REDSHIFT_DATABASE']}/gone.parquet"
    assert copy(entry={"url": gone, "mandatory": False}) == []


OTHER_STATEMENTS = [
    ("copy t from 's3://{}/manifest' format as parquet manifest", "needs IAM_ROLE"),
    (f"{COPY} region 'us-east-1'", "REGION US-EAST-1 is not supported"),
    (f"{COPY} maxerror 10", "MAXERROR 10 is not supported"),
    (COPY.replace("parquet", "avro"), "PARQUET only"),
    (COPY.replace("copy t", "copy missing"), "nonexistent table"),
]


@pytest.mark.parametrize(("statement", "message"), OTHER_STATEMENTS)
def test_a_copy_that_redshift_does_not_allow_is_refused(copy, statement, message):
    with pytest.raises(redshift_connector.ProgrammingError, match=message):
        copy(statement=statement)


def test_a_copy_that_fails_leaves_the_rows_of_its_transaction_as_they_were(copy, run):
    copy()
    run("begin")
    run("delete from t")
    with pytest.raises(redshift_connector.ProgrammingError):
        copy(ROWS | {"a": pa.array([1, 2], pa.int32())})
    run("rollback")
    assert run("select * from t order by a") == LOADED


def test_the_same_copy_can_be_run_again_on_one_connection(copy, run):
    """The driver keeps the prepared statement and only binds it the second time."""
    copy()
    copy()
    assert run("select count(*) from t") == [(4,)]


def test_unload_gives_back_what_copy_took(copy, run, folder, redshift):
    copy()
    target = f"s3://{redshift['REDSHIFT_DATABASE']}/out/"
    unload = f"unload ('select * from t where b = '''' or b is null order by a') to '{target}' "
    run(f"{unload} iam_role default format as parquet")
    (file,) = (folder / "out").iterdir()
    table = pq.read_table(file)
    assert [tuple(row.values()) for row in table.to_pylist()] == LOADED
    assert table.schema.field("c").type == pa.decimal128(10, 2)
    with pytest.raises(redshift_connector.ProgrammingError, match="not empty"):
        run(f"{unload} iam_role default format as parquet")


def test_files_are_read_from_a_server_that_speaks_s3(standin, run, bucket, monkeypatch):
    monkeypatch.setattr(standin.shared.storage, "client", boto3.client("s3"))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(ROWS), sink)
    standin.shared.storage.write(f"s3://{bucket}/day/rows.parquet", sink.getvalue().to_pybytes())
    run(TABLE)
    run(f"copy t from 's3://{bucket}/day/' iam_role default format as parquet")
    assert run("select * from t order by a") == LOADED
