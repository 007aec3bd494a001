import re

import pytest

from orchestration import settings
from orchestration.settings import SettingsError, effective, parse_settings


def test_a_setting_is_given_by_its_name_and_typed_like_its_default():
    assert parse_settings(["at_risk_days=60"]) == {"at_risk_days": 60}
    assert parse_settings(["item_price_basis=unit"]) == {"item_price_basis": "unit"}
    assert parse_settings(["options_per_unit=true"]) == {"options_per_unit": True}


def test_a_list_setting_takes_a_comma_separated_text():
    assert parse_settings(["excluded_apps=Kiosk,App - DEVELOPMENT"]) == {
        "excluded_apps": ["Kiosk", "App - DEVELOPMENT"]
    }


def test_an_app_that_is_named_by_a_number_stays_a_text():
    assert parse_settings(["excluded_apps=404"]) == {"excluded_apps": ["404"]}


def test_the_days_of_the_backtest_are_whole_numbers():
    assert parse_settings(["backtest_days_ago=60, 120"]) == {"backtest_days_ago": [60, 120]}


def test_the_multiple_of_a_customers_own_gap_may_be_a_fraction():
    assert parse_settings(["overdue_multiple=1.5"]) == {"overdue_multiple": 1.5}


def test_as_of_is_a_setting_like_the_others():
    assert parse_settings([], as_of="2026-03-31") == {"as_of_date": "2026-03-31"}


def test_settings_that_are_not_given_keep_their_defaults():
    values = effective({"at_risk_days": 60})
    assert values["at_risk_days"] == 60
    assert values["default_timezone"] == "America/New_York"


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("at_risk_day=60", "Did you mean at_risk_days"),
        ("at_risk_days", "write it as name=value"),
        ("at_risk_days=-1", "must be 0 or more"),
        ("at_risk_days=soon", "write a number"),
        ("at_risk_days=4.5", "write a whole number"),
        ("item_price_basis=piece", "choose one of line, unit"),
        ("default_timezone=Mars/Olympus", "no such time zone"),
        ("business_day_start_hour=24", "must be from 0 to 23"),
        ("options_per_unit=2", "choose one of true, false"),
        ("f_breaks=1,2", "four rising numbers"),
        ("f_breaks=1,2,two,4", "four rising numbers"),
        ("at_risk_days={", "write a plain value"),
        ("clv_low_rank=0.9", "must be below clv_high_rank 0.8"),
        ("backtest_horizons=60,181", "181 days can be observed for no day of backtest_days_ago"),
        ("rfm_window_months=0", "must be 1 or more"),
        ("backtest_days_ago=-30", "must be 1 or more"),
        ("backtest_days_ago=abc", "write a number"),
        ("backtest_days_ago=30.5", "write a whole number"),
        ("backtest_days_ago=90,90", "one or more different numbers"),
        ("backtest_horizons=", "one or more different numbers"),
        ("as_of_date=31-03-2026", "Write it as YYYY-MM-DD"),
        ("as_of_date=2026-02-30", "Write it as YYYY-MM-DD"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_remedy(assignment, message):
    with pytest.raises(SettingsError, match=message):
        parse_settings([assignment])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("at_risk_days: -1", "dbt_project.yml: at_risk_days=-1: must be 0 or more"),
        ("at_risk_days: soon", "dbt_project.yml: at_risk_days=soon: write a number"),
        ("rfm_window_months: -12", "dbt_project.yml: rfm_window_months=-12: must be 1 or more"),
        ("item_price_basis: piece", "dbt_project.yml: item_price_basis=piece: choose one of"),
        ("options_per_unit: 1", "dbt_project.yml: options_per_unit=1: choose one of true, false"),
        ("backtest_horizons: 60", "dbt_project.yml: backtest_horizons=60: write one or more"),
        ("excluded_apps: DEV", "dbt_project.yml: excluded_apps=DEV: write a list"),
        ("m_breaks: 1", "dbt_project.yml: m_breaks=1: write four rising numbers"),
        (
            "default_timezone: Mars/Olympus",
            "dbt_project.yml: default_timezone=Mars/Olympus: no such",
        ),
    ],
)
def test_a_wrong_value_that_was_written_into_dbt_project_is_refused_too(
    tmp_path, monkeypatch, line, message
):
    name = line.partition(":")[0]
    text = (settings.DBT_PROJECT / "dbt_project.yml").read_text()
    spoiled = re.sub(rf"^  {name}: [^{{\n]+$", f"  {line}", text, count=1, flags=re.MULTILINE)
    assert spoiled != text
    (tmp_path / "dbt_project.yml").write_text(spoiled)
    monkeypatch.setattr(settings, "DBT_PROJECT", tmp_path)
    with pytest.raises(SettingsError, match=message):
        parse_settings([])
