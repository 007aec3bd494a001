{% macro wrong_settings() -%}
    {%- set wrong = wrong_lists() + wrong_pairs() -%}
    {%- for name, rule in var('allowed').items() -%}
        {%- set values = var(name) if is_list(var(name)) else [] -%}
        {%- if rule is not mapping -%}
            {%- set fits = var(name) | string in rule | map('string') | list -%}
        {%- elif rule.several -%}
            {%- set fits = values | length > 0 and values | unique | list | length == values | length -%}
        {%- else -%}
            {%- set fits = is_allowed(var(name), rule) -%}
        {%- endif -%}
        {%- if not fits -%}{%- do wrong.append([name, var(name), rule]) -%}{%- endif -%}
        {%- for value in (values if rule is mapping and rule.several else []) if not is_allowed(value, rule) -%}
            {%- do wrong.append([name, value, rule]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if var('default_timezone') not in modules.pytz.all_timezones_set -%}
        {%- do wrong.append(['default_timezone', var('default_timezone'), 'an IANA name']) -%}
    {%- endif -%}
    {{ return(wrong) }}
{%- endmacro %}

{% macro wrong_lists() -%}
    {%- set wrong = [] -%}
    {%- if not is_list(var('excluded_apps')) -%}
        {%- do wrong.append(['excluded_apps', var('excluded_apps'), 'a list of names']) -%}
    {%- endif -%}
    {%- for name in ['r_breaks', 'f_breaks', 'm_breaks'] if var(name) != [] -%}
        {%- set cuts = numbers_of(name) -%}
        {%- if cuts | length != 4 or cuts != var(name) or cuts | unique | sort | list != cuts -%}
            {%- do wrong.append([name, var(name), 'four rising numbers']) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(wrong) }}
{%- endmacro %}

{% macro wrong_pairs() -%}
    {%- set wrong = [] -%}
    {%- set lows, highs = numbers_of('clv_low_rank'), numbers_of('clv_high_rank') -%}
    {%- if lows and highs and lows >= highs -%}
        {%- do wrong.append(['clv_low_rank', var('clv_low_rank'), 'below clv_high_rank']) -%}
    {%- endif -%}
    {%- set horizons, past = numbers_of('backtest_horizons'), numbers_of('backtest_days_ago') -%}
    {%- if horizons and past and horizons | max > past | max -%}
        {%- do wrong.append(['backtest_horizons', var('backtest_horizons'), 'at most the longest of backtest_days_ago']) -%}
    {%- endif -%}
    {{ return(wrong) }}
{%- endmacro %}

{% macro is_allowed(value, rule) -%}
    {{ return(
        value is number and value is not boolean and (value is integer or rule['from'] is float)
        and rule['from'] <= value and value <= rule.get('to', value)
    ) }}
{%- endmacro %}

{% macro is_list(value) -%}
    {{ return(value is sequence and value is not string and value is not mapping) }}
{%- endmacro %}

{% macro numbers_of(name) -%}
    {%- set values = var(name) if is_list(var(name)) else [var(name)] -%}
    {{ return(values | select('number') | reject('boolean') | list) }}
{%- endmacro %}
