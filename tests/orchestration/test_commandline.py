"""`franchise run` over a small folder: exit codes, what is said, and what is written."""

import json
import re
import shutil
import sys

import duckdb
import pytest

from emr_staging.state import current_files
from lake.folder import FolderStore
from orchestration.lineage import LineageError, write_lineage
from orchestration.workspace import Workspace

HEADER = "ORDER_ID,LINEITEM_ID,RESTAURANT_ID,CREATION_TIME_UTC,USER_ID,ITEM_PRICE,ITEM_QUANTITY\n"
GOOD = (
    HEADER + "1,1,007,2026-01-02T17:00:00Z,ann,10.00,1\n2,1,007,2026-01-05T17:00:00Z,bob,7.25,1\n"
)


def deliver(folder, **files):
    """Write files by name (an underscore before the ending stands for the point)."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        path = folder / ".".join(name.rsplit("_", 1))
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return folder


@pytest.fixture(scope="module")
def good(franchise, tmp_path_factory):
    """A workspace after a run over one good file, one with a header alone, and a calendar."""
    root = tmp_path_factory.mktemp("good")
    calendar = "date_key,year,month,week,day_of_week\n05-01-2026,2026,1,2,Monday\n"
    deliver(root / "in", monday_csv=GOOD, closed_csv=HEADER, date_dim_csv=calendar)
    done = franchise("run", "--source", root / "in", "--workspace", root / "ws")
    assert done.returncode == 0, done.stdout + done.stderr
    return root, done


@pytest.fixture(scope="module")
def mixed(franchise, tmp_path_factory):
    """A run over one good file and three that cannot be read."""
    root = tmp_path_factory.mktemp("mixed")
    bad = {"rota_csv": "Employee,Shift\nann,9-17\n", "nothing_csv": "", "photo_csv": b"\x89PNG\0\1"}
    deliver(root / "in", monday_csv=GOOD, **bad)
    return root, franchise("run", "--source", root / "in", "--workspace", root / "ws")


def query(workspace, sql):
    with duckdb.connect(str(workspace / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_header_without_rows_is_a_valid_delivery(good):
    root, done = good
    assert "not in these numbers" not in done.stdout
    found = "select name, status from pos.deliveries where name <> 'date_dim.csv' order by name"
    assert query(root / "ws", found) == [("closed.csv", "loaded"), ("monday.csv", "loaded")]


def test_a_calendar_is_not_needed_and_holds_nothing_back(good):
    root, done = good
    assert "date_dim" not in done.stdout
    found = "select status, reason, rejected from pos.deliveries where name = 'date_dim.csv'"
    assert query(root / "ws", found) == [("not_needed", "calendar_not_needed", 1)]
    placed = "select count(*) from marts.delivery_status where delivery_status = 'held'"
    assert query(root / "ws", placed) == [(0,)]
    (page,) = (root / "ws").glob("lake/reports/**/*.html")
    assert "Nothing of this file is read, and nothing has to be done." in page.read_text()


def test_results_lie_where_the_readme_says(good):
    workspace = good[0] / "ws"
    (report,) = (workspace / "reports").glob("*.json")
    assert json.loads(report.read_text())["status"] == "done"
    assert "<html" in (workspace / "site/docs/index.html").read_text()[:500].lower()
    assert query(workspace, "select sum(historical_clv)::varchar from marts.customer_clv") == [
        ("17.2500",)
    ]


def test_the_lineage_leads_from_a_mart_to_its_columns_and_no_further_than_this_machine(good):
    page = write_lineage(Workspace(good[0] / "ws"))
    assert page == good[0] / "ws/site/docs/lineage/index.html"
    found = json.loads((page.parent / "colibri-manifest.json").read_text())["lineage"]["edges"]
    assert ("int_customers_summed", "net_revenue", "customer_clv", "historical_clv") in {
        (
            edge["source"].split(".")[-1],
            edge.get("sourceColumn"),
            edge["target"].split(".")[-1],
            edge.get("targetColumn"),
        )
        for edge in found
    }
    html = page.read_text()
    head = html.partition("</head>")[0]
    assert "connect-src 'none'" in html[:300]
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=.?(?:https?:)?//", head) == []
    assert "posthog.com" not in html


def test_docs_without_a_server_write_the_lineage_and_need_a_build(good, franchise, tmp_path):
    workspace = Workspace(good[0] / "ws")
    shutil.rmtree(workspace.docs.parent / "lineage", ignore_errors=True)
    assert franchise("docs", "--no-serve", "--workspace", good[0] / "ws").returncode == 0
    assert (workspace.docs.parent / "lineage" / "index.html").is_file()
    unbuilt = franchise("docs", "--no-serve", "--workspace", tmp_path)
    assert unbuilt.returncode == 2
    assert "There is no build" in unbuilt.stderr


def test_without_colibri_the_docs_say_what_to_install(good, monkeypatch, tmp_path):
    workspace = Workspace(shutil.copytree(good[0] / "ws", tmp_path / "ws"))
    shutil.rmtree(workspace.docs.parent / "lineage", ignore_errors=True)
    monkeypatch.setitem(sys.modules, "dbt_colibri.lineage_extractor.extractor", None)
    with pytest.raises(LineageError, match=r'pip install "franchise-elt\[docs\]"'):
        write_lineage(workspace)


def test_show_prints_the_rows_of_a_mart(good, franchise):
    done = franchise("show", "customer_clv", "--limit", "1", "--workspace", good[0] / "ws")
    assert done.returncode == 0
    assert "1 of 2 rows" in done.stdout
    assert "10.0000" in done.stdout


def test_a_mart_that_is_too_wide_is_shown_column_by_column(good, franchise):
    done = franchise("show", "customer_churn", "--limit", "1", "--workspace", good[0] / "ws")
    lines = [line for line in done.stdout.splitlines() if "days_since_last_order" in line]
    assert [line.strip("│ ").split() for line in lines] == [["days_since_last_order", "│", "3"]]


def test_show_of_an_unknown_mart_suggests_the_right_one(good, franchise):
    done = franchise("show", "customer_clvs", "--workspace", good[0] / "ws")
    assert done.returncode == 2
    assert "Did you mean customer_clv?" in done.stderr


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_export_writes_every_row(good, franchise, tmp_path, ending):
    out = tmp_path / f"clv.{ending}"
    done = franchise("export", "customer_clv", "--out", out, "--workspace", good[0] / "ws")
    assert done.returncode == 0
    rows = duckdb.execute(f"select customer_id from '{out}' order by 1").fetchall()
    assert rows == [("ann",), ("bob",)]


def test_doctor_finds_nothing_to_mend(good, franchise):
    done = franchise("doctor", "--workspace", good[0] / "ws")
    assert done.returncode == 0, done.stdout
    assert "mend" not in done.stdout


def test_reconcile_of_good_files_in_time_ends_with_0(good, franchise):
    until = ("--since", "2026-01-05", "--until", "2026-01-05")
    done = franchise("reconcile", *until, "--workspace", good[0] / "ws")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok") == 9


def test_reconcile_expects_files_by_the_deadline_of_the_settings_it_is_given(good, franchise):
    given = ("reconcile", "--since", "2026-01-06", "--until", "2026-01-07", "--workspace")
    missing = franchise(*given, good[0] / "ws")
    assert missing.returncode == 3, missing.stdout + missing.stderr
    assert "2026-01-06" in missing.stdout
    later = franchise(*given, good[0] / "ws", "--var", "delivery_deadline_hours=100")
    assert later.returncode == 0, later.stdout + later.stderr


def test_reconcile_ends_with_1_and_names_the_check_when_a_line_is_lost(good, franchise, tmp_path):
    workspace = shutil.copytree(good[0] / "ws", tmp_path / "ws")
    with duckdb.connect(str(workspace / "warehouse.duckdb")) as connection:
        connection.execute("delete from marts.fct_order_items where order_id = '2'")
    done = franchise("reconcile", "--workspace", workspace)
    assert done.returncode == 1, done.stdout + done.stderr
    (differing,) = [line for line in done.stdout.splitlines() if "differs" in line]
    assert "warehouse lines = lines in facts + left out by a setting" in differing


def test_as_of_counts_up_to_that_business_date(good, franchise):
    done = franchise("build", "--as-of", "2026-01-03", "--workspace", good[0] / "ws")
    assert done.returncode == 0, done.stdout + done.stderr
    assert query(good[0] / "ws", "select customer_id from marts.customer_clv") == [("ann",)]


def test_bad_files_are_listed_with_their_reason_and_the_code_is_3(mixed):
    done = mixed[1]
    assert done.returncode == 3
    assert "3 files are not in these numbers" in done.stdout
    assert "nothing.csv: empty_file" in done.stdout
    assert "photo.csv: no_text" in done.stdout
    assert "rota.csv: header_unknown" in done.stdout


def test_bad_files_hurt_no_other(mixed):
    assert query(mixed[0] / "ws", "select sum(net_revenue)::varchar from marts.fct_orders") == [
        ("17.2500",)
    ]


def test_an_empty_folder_builds_empty_marts_and_names_no_date(franchise, tmp_path):
    deliver(tmp_path / "in")
    done = franchise("run", "--source", tmp_path / "in", "--workspace", tmp_path / "ws")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Net revenue: 0\.00 from 0 orders *\n", done.stdout), done.stdout
    assert query(tmp_path / "ws", "select count(*) from marts.customer_clv") == [(0,)]


WRONG = {
    "no_such_source": (["--source", "{tmp}/nowhere"], "does not exist"),
    "unknown_setting": (["--var", "at_risk=3"], "Did you mean at_risk_days"),
    "negative_threshold": (["--var", "at_risk_days=-1"], "must be 0 or more"),
    "unknown_time_zone": (["--var", "default_timezone=Mars/Base"], "no such time zone"),
    "no_date": (["--as-of", "31.12.2026"], "Write it as YYYY-MM-DD"),
    "unknown_engine": (["--engine", "duck"], "choose one of sail, spark"),
    "unknown_option": (["--colour", "red"], "No such option"),
    "workspace_in_source": (["--workspace", "{tmp}/in/ws"], "lies inside the source"),
    "workspace_is_below_a_file": (["--workspace", "/dev/null/ws"], "cannot be made"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_is_one_line_and_code_2_and_writes_nothing(franchise, tmp_path, name):
    deliver(tmp_path / "in", monday_csv=GOOD)
    options, message = WRONG[name]
    given = [option.format(tmp=tmp_path) for option in options]
    base = {"--source": f"{tmp_path}/in", "--workspace": f"{tmp_path}/ws"}
    arguments = [part for pair in base.items() if pair[0] not in given for part in pair]
    done = franchise("run", *arguments, *given)
    assert done.returncode == 2, done.stdout + done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["monday.csv"]


def test_normalize_takes_the_size_of_files_like_the_job_on_emr(franchise, tmp_path):
    """2,000 lines of one date are some 35 kB: with 0.01 MB a file, they become several."""
    lines = (f"{n},{n},007,2026-01-02T17:00:00Z,u{n * n},10.00,1\n" for n in range(2000))
    deliver(tmp_path / "in", monday_csv=HEADER + "".join(lines))
    here = ("--workspace", tmp_path / "ws")
    for step in (
        ("land", "--source", tmp_path / "in"),
        ("clean",),
        ("normalize", "--target-file-mb", "0.01"),
    ):
        done = franchise(*step, *here)
        assert done.returncode == 0, done.stderr
    found = current_files(FolderStore(tmp_path / "ws/lake"), "order_items")["2026-01-02"]
    assert len(found) > 1
    assert sum(file["rows"] for file in found) == 2000


def test_another_folder_than_the_lakes_own_is_refused_with_code_2(mixed, franchise, tmp_path):
    deliver(tmp_path / "july", monday_csv=GOOD)
    workspace = mixed[0] / "ws"
    done = franchise("land", "--source", tmp_path / "july", "--workspace", workspace)
    assert done.returncode == 2
    assert f"folder:NAME:{tmp_path / 'july'}" in done.stderr


def test_land_and_clean_alone_leave_the_operators_their_reports(franchise, tmp_path):
    deliver(tmp_path / "in", monday_csv=GOOD)
    here = ("--workspace", tmp_path / "ws")
    assert franchise("land", "--source", tmp_path / "in", *here).returncode == 0
    done = franchise("clean", *here)
    assert done.returncode == 0, done.stderr
    (page,) = (tmp_path / "ws" / "lake" / "reports").rglob("report.html")
    assert "monday.csv" in page.read_text()
    assert str(tmp_path / "ws" / "lake" / "reports") in done.stdout


def test_replay_has_a_quarantined_file_cleaned_again(mixed, franchise):
    done = franchise("replay", "--reason", "header_unknown", "--workspace", mixed[0] / "ws")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "rota.csv: the next run cleans it again\n"


def test_replay_of_nothing_in_particular_is_wrong_usage(mixed, franchise):
    done = franchise("replay", "--release", "--workspace", mixed[0] / "ws")
    assert done.returncode == 2
    assert "choose files by --path, --reason or --outdated" in done.stderr


def test_vacuum_removes_nothing_that_is_young(good, franchise):
    done = franchise("vacuum", "--older-than", "30d", "--workspace", good[0] / "ws")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 files of 0 runs removed")
