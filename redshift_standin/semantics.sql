-- What Redshift's functions, types and system views do, in Postgres. Schema `rs` stands before
-- pg_catalog in the search path of every session. Tests name the page behind each rule.
create schema rs;

-- Errors that the proxy raises inside the transaction, so that it fails as on Redshift.
create function rs.refuse(message text, code text) returns void language plpgsql as
$$begin raise exception using message = message, errcode = code; end$$;

-- Booleans have no cast to text.
create function rs.no_cast(boolean) returns text language plpgsql as
$$begin raise exception 'cannot cast type boolean to character varying'
    using errcode = '42846'; end$$;
create function rs.no_cast_char(boolean) returns bpchar language plpgsql as
$$begin raise exception 'cannot cast type boolean to character' using errcode = '42846'; end$$;
update pg_cast set castfunc = 'rs.no_cast'::regproc, castcontext = 'e'
where castsource = 'boolean'::regtype and casttarget in ('text'::regtype, 'varchar'::regtype);
update pg_cast set castfunc = 'rs.no_cast_char'::regproc, castcontext = 'e'
where castsource = 'boolean'::regtype and casttarget = 'bpchar'::regtype;

-- avg: of integers a truncated bigint, of decimals with the scale of the values.
create function rs.add_whole(state bigint[], value bigint) returns bigint[] language sql immutable
return array[state[1] + coalesce(value, 0), state[2] + (value is not null)::int];
create function rs.whole_average(state bigint[]) returns bigint language sql immutable
return case when state[2] > 0 then state[1] / state[2] end;
create aggregate rs.avg(bigint) (
    sfunc = rs.add_whole, stype = bigint[], finalfunc = rs.whole_average, initcond = '{0,0}'
);
create function rs.add_whole(state bigint[], value integer) returns bigint[]
language sql immutable return rs.add_whole(state, value::bigint);
create function rs.add_whole(state bigint[], value smallint) returns bigint[]
language sql immutable return rs.add_whole(state, value::bigint);
create aggregate rs.avg(integer) (
    sfunc = rs.add_whole, stype = bigint[], finalfunc = rs.whole_average, initcond = '{0,0}'
);
create aggregate rs.avg(smallint) (
    sfunc = rs.add_whole, stype = bigint[], finalfunc = rs.whole_average, initcond = '{0,0}'
);
create function rs.add_exact(state numeric[], value numeric) returns numeric[]
language sql immutable
return case
    when value is null then state
    else array[state[1] + value, state[2] + 1, greatest(state[3], scale(value))]
end;
create function rs.exact_average(state numeric[]) returns numeric language sql immutable
return case when state[2] > 0 then round(state[1] / state[2], state[3]::int) end;
create aggregate rs.avg(numeric) (
    sfunc = rs.add_exact, stype = numeric[], finalfunc = rs.exact_average, initcond = '{0,0,0}'
);
create aggregate rs.avg(double precision) (
    sfunc = float8_accum, stype = double precision[], finalfunc = float8_avg,
    initcond = '{0,0,0}'
);
create function rs.first_known(state anyelement, value anyelement) returns anyelement
language sql immutable strict as 'select state';
create aggregate rs.any_value(anyelement) (sfunc = rs.first_known, stype = anyelement);

-- Dates. Everything is a timestamp without zone; now is UTC.
create function rs.getdate() returns timestamp language sql stable
return date_trunc('second', now() at time zone 'UTC');
create function rs.date_trunc(part text, value timestamp) returns timestamp
language sql immutable strict return pg_catalog.date_trunc(part, value);
create function rs.date_trunc(part text, value date) returns timestamp
language sql immutable strict return pg_catalog.date_trunc(part, value::timestamp);
create function rs.unit(part text) returns text language sql immutable strict
return case
    when part in ('y', 'yr', 'yrs', 'years', 'year') then 'year'
    when part in ('qtr', 'qtrs', 'quarters', 'quarter') then 'quarter'
    when part in ('mon', 'mons', 'months', 'month') then 'month'
    when part in ('w', 'weeks', 'week') then 'week'
    when part in ('d', 'days', 'day') then 'day'
    when part in ('h', 'hr', 'hrs', 'hours', 'hour') then 'hour'
    when part in ('m', 'min', 'mins', 'minutes', 'minute') then 'minute'
    when part in ('s', 'sec', 'secs', 'seconds', 'second') then 'second'
    when part in ('ms', 'msec', 'milliseconds', 'millisecond') then 'millisecond'
    when part in ('us', 'usec', 'microseconds', 'microsecond') then 'microsecond'
    else part
end;
create function rs.dateadd(part text, amount bigint, value timestamp) returns timestamp
language sql immutable strict
return value + amount * case rs.unit(part)
    when 'quarter' then interval '3 months'
    when 'millisecond' then interval '1 millisecond'
    else ('1 ' || rs.unit(part))::interval
end;
create function rs.last_day(value timestamp) returns date language sql immutable strict
return (pg_catalog.date_trunc('month', value) + interval '1 month' - interval '1 day')::date;
create function rs.seconds(part text) returns numeric language sql immutable strict
return case rs.unit(part)
    when 'hour' then 3600
    when 'minute' then 60
    when 'second' then 1
    when 'millisecond' then 0.001
    when 'microsecond' then 0.000001
end;
-- datediff counts the boundaries between two times.
create function rs.datediff(part text, since timestamp, until timestamp) returns bigint
language sql immutable strict
return case rs.unit(part)
    when 'year' then extract(year from until) - extract(year from since)
    when 'quarter' then (extract(year from until) - extract(year from since)) * 4
        + extract(quarter from until) - extract(quarter from since)
    when 'month' then (extract(year from until) - extract(year from since)) * 12
        + extract(month from until) - extract(month from since)
    when 'week' then (
        pg_catalog.date_trunc('week', until)::date - pg_catalog.date_trunc('week', since)::date
    ) / 7
    when 'day' then until::date - since::date
    else floor(extract(epoch from until) / rs.seconds(part))
        - floor(extract(epoch from since) / rs.seconds(part))
end;
create function rs.add_months(value timestamp, amount bigint) returns timestamp
language sql immutable strict
return case
    when value::date = rs.last_day(value)
        then rs.last_day(value + amount * interval '1 month') + value::time
    else value + amount * interval '1 month'
end;
create function rs.next_day(value timestamp, day text) returns date language sql immutable strict
return value::date + 1 + (
    7 + array_position(array['su', 'mo', 'tu', 'we', 'th', 'fr', 'sa'], lower(left(day, 2))) - 1
    - extract(dow from value::date + 1)::int
) % 7;
create function rs.months_between(a timestamp, b timestamp) returns double precision
language sql immutable strict
return case
    when extract(day from a) = extract(day from b)
        or (a::date = rs.last_day(a) and b::date = rs.last_day(b)) then rs.datediff('month', b, a)
    else rs.datediff('month', b, a) + (extract(day from a) - extract(day from b)) / 31
end;
create function rs.date_part_year(value date) returns integer language sql immutable strict
return extract(year from value)::int;
create function rs.convert_timezone(source text, target text, value timestamp) returns timestamp
language sql immutable strict return value at time zone source at time zone target;
create function rs.convert_timezone(target text, value timestamp) returns timestamp
language sql immutable strict return value at time zone 'UTC' at time zone target;
create function rs.trunc(value timestamp) returns date language sql immutable strict
return value::date;

-- Texts.
create function rs.concat(a text, b text) returns text language sql immutable return a || b;
create function rs.regexp_replace(value text, pattern text, replacement text default '')
returns text language sql immutable strict
return pg_catalog.regexp_replace(value, pattern, replacement, 'g');
create function rs.charindex(part text, value text) returns integer language sql immutable strict
return strpos(value, part);
create function rs.strtol(value text, base integer) returns bigint language plpgsql
immutable strict as
$$
declare
    result bigint := 0;
    digit text;
begin
    foreach digit in array string_to_array(lower(value), null) loop
        result := result * base + strpos('0123456789abcdefghijklmnopqrstuvwxyz', digit) - 1;
    end loop;
    return result;
end
$$;
create function rs.sha2(value text, bits integer) returns text language sql immutable strict
return encode(case bits
    when 224 then sha224(value::bytea)
    when 384 then sha384(value::bytea)
    when 512 then sha512(value::bytea)
    else sha256(value::bytea)
end, 'hex');
create function rs.json_extract_path_text(value text, variadic path text[]) returns text
language sql immutable return pg_catalog.json_extract_path_text(value::json, variadic path);
create function rs.json_parse(value text) returns jsonb language sql immutable strict
return value::jsonb;
create function rs.json_serialize(value jsonb) returns text language sql immutable strict
return value::text;
create function rs.is_valid_json(value text) returns boolean language plpgsql immutable as
$$begin perform value::json; return true; exception when others then return false; end$$;
create function rs.try_cast(value text, wanted anyelement) returns anyelement
language plpgsql immutable as
$$begin wanted := value; return wanted; exception when others then return null; end$$;

-- Numbers.
create function rs.round(value double precision, digits integer) returns double precision
language sql immutable strict return pg_catalog.round(value::numeric, digits)::double precision;
create function rs.dlog10(value double precision) returns double precision
language sql immutable strict return log(value);
create function rs.dexp(value double precision) returns double precision
language sql immutable strict return exp(value);

-- System views, as far as dbt-redshift reads them.
create table rs.keys (relation oid primary key, diststyle text, sortkey1 text, sortkeys integer);
create function rs.note_keys() returns event_trigger language plpgsql security definer as
$$
declare
    said text[] := regexp_match(current_query(), '/\* keys: (\S+) (\S+) (\d+) \*/');
    made record;
begin
    if said is null then return; end if;
    for made in select objid from pg_event_trigger_ddl_commands() where object_type = 'table' loop
        insert into rs.keys values (made.objid, said[1], nullif(said[2], '-'), said[3]::int)
        on conflict do nothing;
    end loop;
end
$$;
create event trigger note_keys on ddl_command_end when tag in ('CREATE TABLE', 'CREATE TABLE AS')
execute function rs.note_keys();
create function rs.count_rows(relation oid) returns bigint language plpgsql as
$$
declare
    counted bigint;
begin
    execute format('select count(*) from %s', relation::regclass) into counted;
    return counted;
end
$$;
create view rs.svv_table_info as
select
    n.nspname::varchar as "schema",
    c.relname::varchar as "table",
    'Y, AUTO(ENCODE)'::varchar as encoded,
    coalesce(k.diststyle, 'AUTO(ALL)')::varchar as diststyle,
    coalesce(k.sortkey1, 'AUTO(SORTKEY)')::varchar as sortkey1,
    256 as max_varchar,
    null::varchar as sortkey1_enc,
    coalesce(k.sortkeys, 0) as sortkey_num,
    1::bigint as size,
    0.0 as pct_used,
    0.0 as unsorted,
    0.0 as stats_off,
    rs.count_rows(c.oid) as tbl_rows,
    null::numeric as skew_sortkey1,
    null::numeric as skew_rows
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
left join rs.keys as k on c.oid = k.relation
where c.relkind = 'r' and n.nspname not in ('rs', 'pg_catalog', 'information_schema');
create function rs.pg_get_late_binding_view_cols() returns setof record language sql as
$$select null::name, null::name, null::name, null::varchar, null::int where false$$;
create view rs.svv_external_columns as
select
    null::varchar as schemaname, null::varchar as tablename, null::varchar as columnname,
    null::varchar as external_type, null::int as columnnum
where false;
create view rs.svv_redshift_columns as
select
    current_database()::varchar as database_name,
    n.nspname::varchar as schema_name,
    c.relname::varchar as table_name,
    a.attname::varchar as column_name,
    a.attnum::int as ordinal_position,
    format_type(a.atttypid, a.atttypmod)::varchar as data_type,
    i.character_maximum_length::int,
    i.numeric_precision::int,
    i.numeric_scale::int,
    i.is_nullable::varchar,
    col_description(c.oid, a.attnum)::varchar as remarks
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on c.oid = a.attrelid and a.attnum > 0 and not a.attisdropped
inner join information_schema.columns as i
    on i.table_schema = n.nspname and i.table_name = c.relname and i.column_name = a.attname;
create view rs.show_tables as
select
    current_database()::varchar as database_name,
    n.nspname::varchar as schema_name,
    c.relname::varchar as table_name,
    case c.relkind when 'v' then 'VIEW' else 'TABLE' end::varchar as table_type,
    null::varchar as table_acl,
    obj_description(c.oid)::varchar as remarks,
    pg_get_userbyid(c.relowner)::varchar as owner,
    case c.relkind when 'v' then 'VIEW' else 'TABLE' end::varchar as table_subtype
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where c.relkind in ('r', 'v');
create view rs.show_schemas as
select current_database()::varchar as database_name, nspname::varchar as schema_name
from pg_namespace;
create view rs.svv_relation_privileges as
select
    n.nspname::varchar as namespace_name,
    c.relname::varchar as relation_name,
    g.grantee::varchar as identity_name,
    case when r.rolcanlogin then 'user' else 'role' end::varchar as identity_type,
    g.privilege_type::varchar
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join information_schema.role_table_grants as g
    on g.table_schema = n.nspname and g.table_name = c.relname
left join pg_roles as r on r.rolname = g.grantee;

-- For tests: a database as it was when it was new.
create procedure rs.empty() language plpgsql as
$$
declare
    made text;
begin
    for made in select nspname from pg_namespace where nspname !~ '^(pg_|rs$|information_schema$)'
    loop
        execute format('drop schema %I cascade', made);
    end loop;
    create schema public;
    delete from rs.keys;
    delete from rs.masks;
    delete from rs.masking_policies;
    delete from rs.row_policies;
end
$$;
