{% macro wrong_settings() -%}
    {%- set wrong = [] -%}
    {%- for name, rule in var('allowed').items() -%}
        {%- if rule is not mapping -%}
            {%- set fits = var(name) | string in rule | map('string') | list -%}
        {%- elif rule.several -%}
            {%- set fits = var(name) | length > 0 and var(name) | unique | list | length == var(name) | length -%}
        {%- else -%}
            {%- set fits = is_allowed(var(name), rule) -%}
        {%- endif -%}
        {%- if not fits -%}{%- do wrong.append([name, var(name), rule]) -%}{%- endif -%}
        {%- for value in (var(name) if rule is mapping and rule.several else []) if not is_allowed(value, rule) -%}
            {%- do wrong.append([name, value, rule]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if var('default_timezone') not in modules.pytz.all_timezones_set -%}
        {%- do wrong.append(['default_timezone', var('default_timezone'), 'an IANA name']) -%}
    {%- endif -%}
    {{ return(wrong) }}
{%- endmacro %}

{% macro is_allowed(value, rule) -%}
    {{ return(
        value is number and value is not boolean and (value is integer or rule['from'] is float)
        and rule['from'] <= value and value <= rule.get('to', value)
    ) }}
{%- endmacro %}
