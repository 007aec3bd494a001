"""What is declared of an operator's files, in `operators.yml` of the lake."""

import pytest

from ingestion import lambda_handler
from ingestion.clean import clean_new
from ingestion.settings import DeclarationError, read_settings
from lake import layout
from orchestration.pipeline import Run, clean
from orchestration.workspace import Workspace


class Context:
    def get_remaining_time_in_millis(self):
        return 900_000


def by_the_command_line(lake, manifest):
    clean(Run(Workspace(lake.store.root.parent)), lambda done, total: None)


def by_lambda(lake, manifest):
    for cached in (lambda_handler._store, lambda_handler._card_key):
        cached.cache_clear()
    lambda_handler.clean({"landing_id": manifest["landing_id"]}, Context())
    lambda_handler._store.cache_clear()


def declare(lake, text):
    lake.store.write(layout.OPERATORS, text.encode())


@pytest.mark.parametrize("run", [by_the_command_line, by_lambda])
def test_a_declaration_holds_wherever_a_file_is_cleaned(lake, monkeypatch, run):
    monkeypatch.setenv("FRANCHISE_LAKE", str(lake.store.root))
    monkeypatch.setenv("FRANCHISE_CARD_KEY", bytes(range(32)).hex())
    declare(lake, '"boston/*": {hold_share: 0, hold_rows: 0}')
    manifest = lake.land(lake.items(lake.item(), lake.item(ITEM_PRICE="free")), "boston/a.csv")
    run(lake, manifest)
    (key,) = lake.store.list(layout.LEDGERS)
    assert b'"reason": "rejects_above_threshold"' in lake.store.read(key)


def test_it_holds_for_the_paths_that_it_names_and_the_last_one_wins(lake):
    declare(
        lake,
        """
        "paris-*": {decimal_comma: true, hold_rows: 5}
        "paris-2/*": {decimal_comma: false}
        """,
    )
    settings = read_settings(lake.store, lake.settings.card_key)
    line = lake.item(ITEM_PRICE='"12,50"')
    for folder in ("boston", "paris-1", "paris-2"):
        lake.land(lake.items(lake.item(LINEITEM_ID="L2"), line), f"{folder}/a.csv")
    found = {x["path"]: x["counts"]["loaded"] for x in clean_new(lake.store, settings, 1)}
    assert found == {"boston/a.csv": 1, "paris-1/a.csv": 2, "paris-2/a.csv": 1}
    assert [settings.of(f"{f}/a.csv").hold_rows for f in ("boston", "paris-2")] == [10, 5]


def test_an_encoding_may_be_declared(lake):
    declare(lake, '"warszawa/*": {fallback_encoding: cp1250}')
    settings = read_settings(lake.store, lake.settings.card_key)
    text = lake.items(lake.item(ITEM_NAME="Żurek")).encode("cp1250")
    ledger = lake.clean(text, settings, name="warszawa/a.csv")
    assert ledger["encoding"] == "cp1250"
    assert lake.rows(ledger)[0]["item_name"] == "Żurek"


def test_without_declarations_the_defaults_hold(lake):
    assert read_settings(lake.store, lake.settings.card_key) == lake.settings


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("'a': [", r"operators\.yml is no YAML"),
        ("a", r'write lines such as "paris/\*": \{decimal_comma: true\}'),
        ("hold_share: 0.1", r"write lines such as"),
        ("a: {hold: 1}", r"a: hold: no such setting\. There are fallback_encoding, decimal_comma"),
        ("a: {hold_share: 5}", r"a: hold_share: 5 must be a share from 0 to 1"),
        ("a: {hold_rows: 1.5}", r"hold_rows: 1\.5 must be a whole number from 0 on"),
        ("a: {decimal_comma: 1}", r"decimal_comma: 1 must be true or false"),
        ("a: {fallback_encoding: latin-99}", r"'latin-99' must be the name of a text encoding"),
        ("a: {fallback_encoding: base64}", r"'base64' must be the name of a text encoding"),
    ],
)
def test_what_cannot_be_declared_says_why(lake, text, message):
    declare(lake, text)
    with pytest.raises(DeclarationError, match=message):
        read_settings(lake.store, lake.settings.card_key)
