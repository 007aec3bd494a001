"""Rules: the SQL by which a delivered text becomes a typed value, is repaired, or is refused.

Every expression reads one raw column (VARCHAR, trimmed, null when blank) of the relation `source`.
A value is never guessed: it has one of the forms below, or is refused with a code of reasons.yml.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

from ingestion.contract import Column, Contract
from ingestion.time_formats import timestamp_sql
from lake.zones import TIME_ZONES

# 14 digits before the point and 4 after it; further places only if they are zeros.
NUMBER = r"[-+]?([0-9]{1,14}(\.[0-9]{0,4}0*)?|\.[0-9]{1,4}0*)"
LONGEST_ID = 256
TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?"
SPREADSHEET_ERRORS = (
    *("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *("#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!", "#GETTING_DATA", "#PYTHON!"),
)
TRUE = "('true', 't', 'yes', 'y', '1')"
FALSE = "('false', 'f', 'no', 'n', '0')"

# Currency signs, thousands separators that can be nothing else (both marks are there), and the
# decimal comma of a file that is declared to have one. A comma or point followed by exactly three
# digits may be either, so it is refused there.
MACROS = rf"""
create or replace temp macro without_sign(x) as
    regexp_replace(regexp_replace(x, '^([-+]?)[$€£¥] ?', '\1'), ' ?[$€£¥]$', '');
create or replace temp macro is_ambiguous(bare, comma) as
    comma and regexp_full_match(bare, '[-+]?[0-9]{{1,3}}[.,][0-9]{{3}}');
create or replace temp macro number_text(bare, comma) as case
    when is_ambiguous(bare, comma) then null
    when regexp_full_match(bare, '{NUMBER}') then bare
    when not contains(bare, ',') then null
    when comma and regexp_full_match(bare, '[-+]?[0-9]{{1,14}},([0-9]{{1,2}}|[0-9]{{4}})')
        then replace(bare, ',', '.')
    when comma and regexp_full_match(bare, '[-+]?[0-9]{{1,3}}(\.[0-9]{{3}})+,[0-9]{{1,2}}')
        then replace(replace(bare, '.', ''), ',', '.')
    when regexp_full_match(bare, '[-+]?[0-9]{{1,3}}(,[0-9]{{3}})+\.[0-9]{{1,4}}')
        then replace(bare, ',', '')
end;
create or replace temp macro time_value(x) as case
    when regexp_full_match(x, '{TIME}Z?') then try_cast(x as timestamp)
    when regexp_full_match(x, '{TIME} ?[-+][0-9]{{2}}(:?[0-9]{{2}})?')
        then make_timestamp(epoch_us(try_cast(
            regexp_replace(x, '^(.{{16}}) ?([-+])', '\1:00\2') as timestamptz)))
end;
create or replace temp macro date_value(x) as case
    when regexp_full_match(x, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}([T ]00:00(:00(\.0+)?)?)?')
        then try_cast(left(x, 10) as date)
end;
create or replace temp macro is_float_text(x) as
    (contains(x, '.') or contains(x, '+'))
    and regexp_full_match(x, '[0-9]\.[0-9]+[eE]\+?[0-9]+|[0-9][eE]\+[0-9]+');
create or replace temp macro is_spreadsheet_error(x) as
    starts_with(x, '#') and x in {SPREADSHEET_ERRORS};
"""


@dataclass(frozen=True)
class Rule:
    """SQL of one column.

    `plain` (on the raw value) and `fits` (on the typed one, v_<column>) hold for a value that needs
    no second look, and are cheap; both are null for a blank. `cast` types such a value. All others
    are brought into a `bare` form (b_<column>), get `value`, and are `refused` with the reason
    `code`, or counted under the kinds of `repairs` that hold.
    """

    plain: str
    cast: str
    value: str
    refused: str
    code: str
    repairs: dict[str, str] = field(default_factory=dict)
    fits: str | None = None
    bare: str | None = None
    required: bool = False


@cache
def rules(contract: Contract) -> dict[str, Rule]:
    """The rules of a contract by column name."""
    return {column.name: _rule(column) for column in contract.columns}


def time_zones() -> list[str]:
    """The time zones that a restaurant may be in."""
    return sorted(TIME_ZONES)


def _rule(column: Column) -> Rule:
    """The rule of a column's type, with what holds for all: blanks and spreadsheet errors."""
    raw = f'"{column.name}"'
    made = _TYPES[column.type](column, raw)
    error = f"is_spreadsheet_error({raw})"
    refused = f"({raw} is not null and ({error} or {made.refused}))"
    code = f"case when {error} then 'spreadsheet_error' else {made.code} end"
    if column.required:
        refused = f"({raw} is null or {refused})"
        code = f"case when {raw} is null then 'required_blank' else {code} end"
    return replace(made, refused=refused, code=code, required=column.required)


def _is_plain_text(raw: str) -> str:
    """Whether a text is surely no spreadsheet error: '$' is the character after '#'."""
    return f"{raw} >= '$'"


def _text(column: Column, raw: str) -> Rule:
    refused = f"strlen({raw}) > {column.max_length}"
    plain = f"{_is_plain_text(raw)} and not {refused}"
    return Rule(plain, raw, raw, refused, "'text_too_long'")


def _id(column: Column, raw: str) -> Rule:
    """Ids may have any form, but 6.78E+11 is what a spreadsheet made of several different ids."""
    refused = f"strlen({raw}) > {LONGEST_ID} or is_float_text({raw})"
    code = f"case when strlen({raw}) > {LONGEST_ID} then 'text_too_long' else 'id_damaged' end"
    return Rule(_is_plain_id(raw), raw, raw, refused, code)


def _is_plain_id(raw: str) -> str:
    short = (
        f"strlen({raw}) <= {LONGEST_ID} and not contains({raw}, '.') and not contains({raw}, '+')"
    )
    return f"{_is_plain_text(raw)} and {short}"


def _card(column: Column, raw: str) -> Rule:
    damaged = f"(is_float_text({raw}) or ends_with({raw}, '.0'))"
    value = f"case when {damaged} then null else {raw} end"
    refused = f"strlen({raw}) > {LONGEST_ID}"
    repairs = {"card_unreadable": damaged}
    return Rule(_is_plain_id(raw), raw, value, refused, "'text_too_long'", repairs)


def _decimal(column: Column, raw: str) -> Rule:
    bare = f"b_{column.name}"
    return Rule(
        plain=f"not _comma and regexp_full_match({raw}, '{NUMBER}')",
        cast=f"cast({raw} as decimal(18, 4))",
        bare=f"without_sign({raw})",
        value=f"try_cast(number_text({bare}, _comma) as decimal(18, 4))",
        refused=f"v_{column.name} is null",
        code=_number_code(bare),
        repairs=_number_repairs(raw, bare),
    )


def _quantity(column: Column, raw: str) -> Rule:
    bare = f"b_{column.name}"
    return Rule(
        plain=f"regexp_full_match({raw}, '[0-9]{{1,14}}')",
        cast=f"cast({raw} as bigint)",
        bare=f"number_text(without_sign({raw}), _comma)",
        value=f"case when regexp_full_match({bare}, '[-+]?[0-9]+(\\.0*)?') "
        f"then try_cast({bare} as bigint) end",
        refused=f"v_{column.name} is null",
        code=f"case when {bare} is not null then 'quantity_not_whole' "
        f"else {_number_code(f'without_sign({raw})')} end",
        repairs=_number_repairs(raw, f"without_sign({raw})"),
    )


def _number_code(bare: str) -> str:
    grouped = f"regexp_full_match({bare}, '[-+]?[0-9]{{1,3}}(,[0-9]{{3}})+')"
    return f"""case
        when is_ambiguous({bare}, _comma) or {grouped} then 'number_ambiguous'
        when regexp_full_match({bare}, '[-+]?[0-9]{{0,14}}[.,][0-9]{{5,}}') then 'too_many_decimals'
        when regexp_full_match({bare}, '[-+]?[0-9]{{15,}}([.,][0-9]*)?') then 'number_too_large'
        else 'number_unreadable' end"""


def _number_repairs(raw: str, bare: str) -> dict[str, str]:
    comma, point = f"strpos({bare}, ',')", f"strpos({bare}, '.')"
    return {
        "currency_sign": f"{bare} <> {raw}",
        "decimal_comma": f"{comma} > {point}",
        "thousands_separator": f"{comma} > 0 and {point} > 0",
    }


def _time(column: Column, raw: str) -> Rule:
    typed = f"v_{column.name}"
    late = f"{typed} > _delivered_at + interval 1 day"
    early = f"{typed} < timestamp '{column.earliest or '0001-01-01'}'"
    unreadable = "time_not_as_declared" if column.format else "time_unreadable"
    rule = Rule(
        plain=f"regexp_full_match({raw}, '{TIME}Z?')",
        cast=f"try_cast({raw} as timestamp)",
        value=f"time_value({raw})",
        refused=f"{typed} is null or {late} or {early}",
        code=f"case when {late} then 'time_in_future' when {early} then 'time_too_old' "
        f"else '{unreadable}' end",
        repairs={"offset_converted": f"regexp_matches({raw}, ':[0-9.]+ ?[-+][0-9:]+$')"},
        fits=f"{typed} is not null and not ({late}) and not ({early})",
    )
    return _declared(rule, raw, column.format) if column.format else rule


def _date(column: Column, raw: str) -> Rule:
    value, code = (
        f"date_value({raw})",
        "date_not_as_declared" if column.format else "date_unreadable",
    )
    rule = Rule("false", value, value, f"v_{column.name} is null", f"'{code}'")
    return _declared(rule, raw, column.format) if column.format else rule


def _declared(rule: Rule, raw: str, time_format: str) -> Rule:
    """The rule of an operator's own format; every value is counted as read by it."""
    value = timestamp_sql(raw, time_format)
    repairs = {"declared_format": f"{raw} is not null"}
    return replace(rule, plain="false", cast=value, value=value, repairs=repairs, fits=None)


def _flag(column: Column, raw: str) -> Rule:
    """A blank flag is false: the feed leaves it out for guests."""
    known = f"(lower({raw}) in {TRUE} or lower({raw}) in {FALSE})"
    value = f"coalesce(lower({raw}) in {TRUE}, false)"
    plain = f"{raw} in ('TRUE', 'FALSE', 'true', 'false')"
    return Rule(plain, value, value, f"not {known}", "'flag_unreadable'")


def _currency(column: Column, raw: str) -> Rule:
    return Rule(
        plain=f"{raw} glob '[A-Z][A-Z][A-Z]'",
        cast=raw,
        value=f"upper({raw})",
        refused=f"not regexp_full_match({raw}, '[A-Za-z]{{3}}')",
        code="'currency_unreadable'",
        repairs={"upper_cased": f"{raw} <> upper({raw})"},
    )


def _timezone(column: Column, raw: str) -> Rule:
    known = f"{raw} in (select name from time_zones)"
    return Rule(known, raw, raw, f"not ({known})", "'timezone_unknown'")


_TYPES: dict[str, Callable[[Column, str], Rule]] = {
    "text": _text,
    "id": _id,
    "card": _card,
    "decimal": _decimal,
    "quantity": _quantity,
    "time": _time,
    "flag": _flag,
    "currency": _currency,
    "timezone": _timezone,
    "date": _date,
}
