import pytest

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
        ("options_per_unit=2", "write true or false"),
        ("f_breaks=1,2", "four rising numbers"),
        ("f_breaks=1,2,two,4", "four rising numbers"),
        ("at_risk_days={", "write a plain value"),
        ("clv_low_rank=0.9", "must be below clv_high_rank 0.8"),
        ("as_of_date=31-03-2026", "Write it as YYYY-MM-DD"),
        ("as_of_date=2026-02-30", "Write it as YYYY-MM-DD"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_remedy(assignment, message):
    with pytest.raises(SettingsError, match=message):
        parse_settings([assignment])
