-- Who may read what. Run once, as a superuser, before the first build; safe to review, no secrets.
-- dbt grants SELECT on the marts to the users in REDSHIFT_READERS after every build
-- (dbt_project.yml, +grants), so a rebuilt table is readable again without this file.

create role analyst; -- every mart, customers masked
create role customer_reader; -- the same, with customer ids
create role franchisee; -- the rows of their own restaurants only
create role loader; -- the pipeline: load and dbt

grant usage on schema marts to role analyst;
grant usage on schema marts to role customer_reader;
grant usage on schema marts to role franchisee;
grant select on all tables in schema marts to role analyst;
grant select on all tables in schema marts to role customer_reader;
grant select on all tables in schema marts to role franchisee;

-- Tables that the pipeline makes later are readable too.
alter default privileges in schema marts grant select on tables to role analyst;
alter default privileges in schema marts grant select on tables to role customer_reader;
alter default privileges in schema marts grant select on tables to role franchisee;

-- The pipeline creates its schemas itself; nobody else may write.
grant create on database franchise to role loader;
revoke create on schema public from public;
