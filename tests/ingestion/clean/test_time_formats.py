"""Forms of times and dates that an operator has declared: they are read exactly, and no others."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from ingestion.clean import clean_new
from ingestion.replay import Selection, replay
from ingestion.settings import DeclarationError, read_settings
from lake import layout


def declare(lake, text):
    lake.store.write(layout.OPERATORS, text.encode())
    return read_settings(lake.store, lake.settings.card_key)


def read(lake, time_format, *times):
    """What becomes of each time: the typed one, or None where it is refused."""
    settings = replace(lake.settings, time_format=time_format)
    lines = [lake.item(LINEITEM_ID=f"L{n}", CREATION_TIME_UTC=t) for n, t in enumerate(times)]
    found = {
        r["lineitem_id"]: r["created_at"]
        for r in lake.rows(lake.clean(lake.items(*lines), settings))
    }
    return [found.get(f"L{n}") for n in range(len(times))]


EVENING = datetime(2024, 2, 1, 18, 5)


@pytest.mark.parametrize(
    ("time_format", "text"),
    [
        ("%d/%m/%Y %H:%M", "01/02/2024 18:05"),
        ("%m/%d/%Y %H:%M", "02/01/2024 18:05"),
        ("%-d.%-m.%y %-H:%M", "1.2.24 18:05"),
        ("%-m/%-d/%Y %-I:%M %p", "2/1/2024 6:05 PM"),
        ("%m/%d/%Y %I:%M%p", "02/01/2024 06:05pm"),
        ("%d %b %Y %H.%M", "01 feb 2024 18.05"),
        ("%B %d %Y %H:%M:%S", "February 01 2024 18:05:00"),
        ("%Y%m%d%H%M", "202402011805"),
        ("%Y-%m-%dT%H:%M:%S.%fZ", "2024-02-01T18:05:00.000Z"),
        ("le %d/%m/%Y à %Hh%M d'été", "le 01/02/2024 à 18h05 d'été"),
    ],
)
def test_a_declared_form_is_read(lake, time_format, text):
    assert read(lake, time_format, text) == [EVENING]


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-01T18:05:00Z",  # what would do without a declaration
        "1/2/2024 18:05",
        "01/02/24 18:05",
        "01/02/2024",
        "01/02/2024 18:05:00",
        "01/02/2024  18:05",
        "02/13/2024 18:05",
        "31/02/2024 18:05",
        "01/02/2024 24:05",
    ],
)
def test_no_other_form_is_read_where_one_is_declared(lake, text):
    assert read(lake, "%d/%m/%Y %H:%M", "01/02/2024 18:05", text) == [EVENING, None]


def test_without_a_declaration_no_order_of_day_and_month_is_guessed(lake):
    assert read(lake, None, "2024-02-01T18:05:00Z", "01/02/2024 18:05", "13/02/2024 18:05") == [
        EVENING,
        None,
        None,
    ]


def test_a_value_in_another_form_says_which_one_is_declared(lake):
    settings = declare(lake, '"paris/*": {time_format: "%d/%m/%Y %H:%M"}')
    good = lake.item(CREATION_TIME_UTC="01/02/2024 18:05", LINEITEM_ID="L2")
    ledger = lake.clean(lake.items(good, lake.item()), settings, name="paris/a.csv")
    assert lake.rejects(ledger) == [
        (3, "CREATION_TIME_UTC", "2024-03-01T18:30:00Z", "time_not_as_declared")
    ]
    (reject,) = lake._read(ledger["outputs"]["rejects"]["key"])
    assert reject["message"] == (
        "CREATION_TIME_UTC is not a time that exists in the declared form %d/%m/%Y %H:%M, "
        "such as 31/12/2024 18:30: 2024-03-01T18:30:00Z"
    )
    assert reject["remedy"].startswith(
        "Export CREATION_TIME_UTC as UTC in the form %d/%m/%Y %H:%M, such as 31/12/2024 18:30; "
    )


def test_times_in_a_declared_form_have_the_bounds_of_all_times(lake):
    settings = replace(lake.settings, time_format="%d/%m/%Y %H:%M")
    times = ("01/02/2024 18:05", "01/02/2042 18:05", "01/01/1970 00:00")
    ledger = lake.clean(
        lake.items(*(lake.item(CREATION_TIME_UTC=time) for time in times)), settings
    )
    assert [reject[3] for reject in lake.rejects(ledger)] == ["time_in_future", "time_too_old"]


def test_values_of_a_declared_form_are_counted(lake):
    settings = declare(lake, '"paris/*": {time_format: "%d/%m/%Y %H:%M"}')
    line = lake.item(CREATION_TIME_UTC="01/02/2024 18:05")
    ledger = lake.clean(lake.items(line, line, lake.item()), settings, name="paris/a.csv")
    assert ledger["repaired_by_kind"] == {"declared_format": 2}


def test_the_form_of_dates_is_declared_by_itself(lake):
    settings = declare(lake, '"hq/*": {date_format: "%d.%m.%Y"}')
    text = "RESTAURANT_ID,OPENED_ON\nR1,01.02.2023\nR2,2023-02-01\nR3,\n"
    ledger = lake.clean(text, settings, name="hq/a.csv")
    assert [r["opened_on"] for r in lake.rows(ledger)] == [date(2023, 2, 1), None]
    assert lake.rejects(ledger) == [(3, "OPENED_ON", "2023-02-01", "date_not_as_declared")]
    assert ledger["repaired_by_kind"] == {"declared_format": 1}


def test_files_that_are_cleaned_together_keep_their_own_forms(lake):
    settings = declare(
        lake,
        """
        "*": {time_format: "%d/%m/%Y %H:%M"}
        "boston/*": {time_format: "%m/%d/%Y %H:%M"}
        "tokyo/*": {time_format: null}
        """,
    )
    for folder, time in (
        ("boston", "02/01/2024 18:05"),
        ("paris", "01/02/2024 18:05"),
        ("tokyo", "2024-02-01T18:05:00Z"),
    ):
        lake.land(lake.items(lake.item(CREATION_TIME_UTC=time)), f"{folder}/a.csv")
    ledgers = clean_new(lake.store, settings, 1)
    assert [lake.rows(ledger)[0]["created_at"] for ledger in ledgers] == [EVENING] * 3


def test_another_declaration_holds_for_older_files_when_they_are_replayed(lake):
    text = lake.items(lake.item(CREATION_TIME_UTC="01/02/2024 18:05"))
    assert lake.clean(text, name="paris/a.csv")["reason"] == "rejects_above_threshold"
    settings = declare(lake, '"paris/*": {time_format: "%d/%m/%Y %H:%M"}')
    assert clean_new(lake.store, settings, 1) == []
    replay(lake.store, Selection(paths=["paris/*"]), "20240303T060000Z-000000")
    (ledger,) = clean_new(lake.store, settings, 1)
    assert [row["created_at"] for row in lake.rows(ledger)] == [EVENING]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('time_format: "%d/%m/%Y"', "time_format: '%d/%m/%Y' lacks the hour and the minute: write"),
        ('time_format: "%H:%M"', r"lacks the year and the month and the day: write it as in \"%d/"),
        (
            'time_format: "%d/%m/%Y %H:%M %Q"',
            "has the unknown directive %Q. There are %Y %y %m %-m",
        ),
        ('time_format: "%d/%m/%Y %H:%M%"', "has the unknown directive %. There are"),
        ('time_format: "%d/%m/%Y %I:%M"', r"must have %p \(AM or PM\) where the hour is %I"),
        ('time_format: "%d/%m/%Y %H:%M %p"', r"must have %p \(AM or PM\) where the hour is %I"),
        ('time_format: "%d/%m/%Y %d %H:%M"', "has the day twice: keep one of them"),
        ('time_format: "%-d%m%Y %H:%M"', "may be read in two ways at %-d%m: put another character"),
        ('time_format: "%d/%m/%Y %H:%M.%f"', r"has %f but no second: write %S\.%f"),
        ('time_format: " %d/%m/%Y %H:%M"', "begins or ends with a blank, which no value does"),
        ("time_format: 5", 'time_format: 5 must be a format such as "%d/%m/%Y %H:%M", or null'),
        (
            'date_format: "%d/%m"',
            "date_format: '%d/%m' lacks the year: write it as in \"%d/%m/%Y\"",
        ),
        ('date_format: "%d/%m/%Y %H:%M"', "has the hour, but a date has no time of day"),
    ],
)
def test_a_form_that_cannot_be_read_exactly_says_why(lake, text, message):
    with pytest.raises(DeclarationError, match=rf"operators\.yml: paris/\*: .*{message}"):
        declare(lake, f'"paris/*": {{{text}}}')
