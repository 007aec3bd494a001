"""What keeps the repository readable: rules over its files and dbt's manifest."""

import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from orchestration.settings import read_defaults
from tests.parsed import parse, parsed_project

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "dbt_project" / "models"
SQL = sorted(MODELS.rglob("*.sql"))
SETTING = r"var\(['\"](\w+)['\"]\)"
MARTS = [path for path in SQL if "marts" in path.parts]


@pytest.fixture(scope="module")
def target():
    return parsed_project().target


@pytest.fixture(scope="module")
def manifest():
    return parsed_project().manifest


@pytest.fixture(scope="module")
def models(manifest):
    nodes = [node for node in manifest.nodes.values() if node.resource_type == "model"]
    assert len(nodes) == len(SQL) >= 29
    return nodes


def test_every_model_has_its_description_beside_it():
    assert [path for path in SQL if not path.with_suffix(".yml").is_file()] == []


@pytest.mark.parametrize(
    ("folder", "prefixes"),
    [
        ("staging", ("stg_",)),
        ("intermediate", ("int_",)),
        ("marts/core", ("dim_", "fct_")),
    ],
)
def test_names_tell_the_layer(folder, prefixes):
    names = [path.stem for path in (MODELS / folder).rglob("*.sql")]
    assert [name for name in names if not name.startswith(prefixes)] == []


def test_metrics_have_their_public_names():
    metrics = [path.stem for path in MARTS if path.parent.name != "core"]
    assert [name for name in metrics if name.startswith(("stg_", "int_", "dim_", "fct_"))] == []


def test_descriptions_begin_with_the_grain_and_leave_out_no_column(models):
    no_grain = [m.name for m in models if not m.description.startswith("One row ")]
    silent = [f"{m.name}.{c.name}" for m in models for c in m.columns.values() if not c.description]
    assert (no_grain, silent) == ([], [])


def test_marts_have_a_contract_with_the_type_of_every_column(models):
    marts = [model for model in models if "marts" in model.fqn]
    loose = [m.name for m in marts if not m.config.contract.enforced]
    untyped = [f"{m.name}.{c.name}" for m in marts for c in m.columns.values() if not c.data_type]
    assert (loose, untyped) == ([], [])


def test_every_mart_has_a_test_of_its_key(manifest, models):
    tests = [node for node in manifest.nodes.values() if node.resource_type == "test"]
    keys = {t.attached_node for t in tests if re.match("unique(_together)?_", t.name)}
    exempt = {"run_scope"}  # at most one row
    marts = {m.unique_id: m.name for m in models if "marts" in m.fqn and m.name not in exempt}
    assert [name for unique_id, name in marts.items() if unique_id not in keys] == []


def gate(target: Path, folder: Path) -> subprocess.CompletedProcess:
    """dbt-bouncer over a manifest, by the rules of dbt-bouncer.yml."""
    rules = (ROOT / "dbt-bouncer.yml").read_text().replace("dbt_project/target", str(target))
    (folder / "dbt-bouncer.yml").write_text(rules)
    program = str(Path(sys.executable).parent / "dbt-bouncer")
    return subprocess.run([program, "run"], cwd=folder, capture_output=True, text=True)


def test_the_gate_lets_the_project_pass(manifest, target, tmp_path):
    done = gate(target, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_gate_refuses_a_mart_without_contract_and_a_model_without_description(
    manifest, target, tmp_path
):
    spoiled = json.loads((target / "manifest.json").read_text())
    spoiled["nodes"]["model.franchise.customer_clv"]["contract"]["enforced"] = False
    spoiled["nodes"]["model.franchise.fct_orders"]["description"] = ""
    (tmp_path / "manifest.json").write_text(json.dumps(spoiled))
    done = gate(tmp_path, tmp_path)
    assert done.returncode == 1
    assert "check_model_contract_enforced_for_public_model" in done.stdout
    assert "check_model_description_populated" in done.stdout


def test_models_know_neither_engine_nor_place():
    banned = re.compile(r"target\.(type|name)|s3://|\bfilter \(|::", re.IGNORECASE)
    assert [p.name for p in SQL if banned.search(_code(p))] == []


def test_the_last_select_names_every_column():
    finals = {path.name: _code(path).rpartition("final as (")[2] for path in MARTS}
    starred = [
        name
        for name, sql in finals.items()
        if re.search(r"(^|\s|\.)\*,?\s*$", sql.rpartition("select * from final")[0], re.MULTILINE)
    ]
    assert (starred, [n for n, sql in finals.items() if "select * from final" not in sql]) == (
        [],
        [],
    )


def test_the_overview_of_the_docs_names_every_mart():
    overview = (MODELS / "overview.md").read_text()
    assert [path.stem for path in MARTS if f"`{path.stem}`" not in overview] == []


def test_models_stay_short():
    lengths = {path.name: path.read_text().splitlines() for path in SQL}
    assert {name: len(lines) for name, lines in lengths.items() if len(lines) > 120} == {}
    written = [sum(bool(line.strip()) for line in lines) for lines in lengths.values()]
    assert statistics.median(written) <= 50


def test_macros_are_short_and_described(manifest):
    ours = [m for m in manifest.macros.values() if m.package_name == "franchise"]
    ours = [m for m in ours if not m.name.startswith("test_")]
    long = [m.name for m in ours if len(m.macro_sql.splitlines()) > 30]
    silent = [m.name for m in ours if not m.description]
    assert (long, silent, len(ours) >= 12) == ([], [], True)


def test_what_was_built_is_written_down_after_every_incremental_model(manifest, models):
    ends = _ancestors(manifest, "model.franchise.int_dates_built")
    incremental = {m.unique_id for m in models if m.config.materialized == "incremental"}
    assert len(incremental) >= 4
    assert incremental - ends == set()


def test_a_setting_that_incremental_rows_depend_on_is_part_of_built_with(manifest):
    used = set()
    for unique_id in _ancestors(manifest, "model.franchise.int_dates_built"):
        node = manifest.nodes.get(unique_id)
        if node is not None and node.resource_type == "model":
            macros = [manifest.macros[name] for name in node.depends_on.macros]
            ours = [m.macro_sql for m in macros if m.package_name == "franchise"]
            for sql in [node.raw_code, *ours]:
                used |= set(re.findall(r"var\(['\"](\w+)['\"]\)", sql))
    listed = manifest.macros["macro.franchise.built_with"].macro_sql
    missing = {name for name in used if f"'{name}'" not in listed}
    assert missing == {"as_of_date"}  # another as-of date adds and removes whole dates


def test_every_unit_test_pins_the_settings_that_its_model_reads(manifest, models):
    read = {model.name: _settings_read(manifest, model) for model in models}
    loose = {
        test.name: read[test.model] - set(test.overrides.vars if test.overrides else ())
        for test in manifest.unit_tests.values()
    }
    assert {name: settings for name, settings in loose.items() if settings} == {}
    assert "at_risk_days" in read["customer_churn"]


OTHER_TEXTS = {
    "as_of_date": "2026-01-31",
    "withdrawn": "retract",
    "item_price_basis": "unit",
    "default_timezone": "UTC",
    "fiscal_calendar": "13",
}


def other_settings() -> dict:
    """Every setting with another value than its default."""
    other: dict = {}
    for name, value in read_defaults().items():
        if isinstance(value, str):
            other[name] = OTHER_TEXTS[name]
        elif isinstance(value, bool):
            other[name] = not value
        elif isinstance(value, list):
            other[name] = [1, 2, 3, 4] if name != "excluded_apps" else ["test"]
        else:
            other[name] = value / 2
    return other


def test_settings_decide_nothing_when_the_project_is_parsed(manifest, tmp_path):
    """So a build parses it without them (orchestration/build.py), once for all settings."""
    other = parse(str(tmp_path), "--vars", json.dumps(other_settings()))
    for kind in ("nodes", "sources", "exposures", "metrics", "unit_tests"):
        assert _parsed(getattr(other, kind)) == _parsed(getattr(manifest, kind))


def test_it_is_said_of_every_number_and_choice_what_it_may_be():
    allowed = yaml.safe_load((ROOT / "dbt_project" / "dbt_project.yml").read_text())["vars"][
        "allowed"
    ]
    checked_by_kind = {"as_of_date", "excluded_apps", "default_timezone"}
    breaks = {"r_breaks", "f_breaks", "m_breaks"}
    assert read_defaults().keys() - allowed.keys() == checked_by_kind | breaks
    assert allowed.keys() - read_defaults().keys() == set()


def test_every_setting_has_a_comment_and_is_used():
    text = (ROOT / "dbt_project" / "dbt_project.yml").read_text()
    settings = read_defaults()
    folders = ("dbt_project", "orchestration", "emr_staging")
    files = [p for f in folders for p in (ROOT / f).rglob("*.*") if p.suffix in (".sql", ".py")]
    code = "\n".join(path.read_text() for path in files)
    assert [s for s in settings if not re.search(rf"^  {s}: .+ # .+$", text, re.MULTILINE)] == []
    unused = {name for name in settings if not re.search(rf"['\"]{name}['\"]", code)}
    assert unused == set()


def test_every_make_target_of_the_readme_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = set(re.findall(r"\bmake ([a-z]+)\b", (ROOT / "README.md").read_text()))
    assert asked - targets == set()
    assert asked


def test_no_file_names_a_package_index_or_a_path_of_one_machine():
    found = subprocess.run(
        ["git", "grep", "-lE", r"pypi\.(org|python)|files\.pythonhosted|(^|[ '\"(])/(work|root)/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert set(found.stdout.split()) - {"tests/test_project_rules.py"} == set()


def _parsed(nodes) -> dict[str, dict]:
    """What a parse found, but for its moment and for the macros that a node happened to call."""
    found = {unique_id: node.to_dict() for unique_id, node in nodes.items()}
    for node in found.values():
        node.pop("created_at", None)
        node.get("depends_on", {}).pop("macros", None)
    return found


def _settings_read(manifest, node) -> set[str]:
    """The settings in the SQL of a model and of the macros that it calls."""
    found, waiting = set(re.findall(SETTING, node.raw_code)), list(node.depends_on.macros)
    while waiting:
        macro = manifest.macros[waiting.pop()]
        if macro.package_name == "franchise":
            found |= set(re.findall(SETTING, macro.macro_sql))
            waiting += macro.depends_on.macros
    return found


def _code(path: Path) -> str:
    """The text of a model without its comments."""
    return re.sub(r"--.*", "", path.read_text())


def _ancestors(manifest, unique_id: str) -> set[str]:
    """Everything upstream of a node, without seeds' and sources' own inputs."""
    found: set[str] = set()
    waiting = [unique_id]
    while waiting:
        node = manifest.nodes.get(waiting.pop())
        for parent in node.depends_on.nodes if node is not None else []:
            if parent not in found and not parent.startswith(("source.", "seed.")):
                found.add(parent)
                waiting.append(parent)
    return found
