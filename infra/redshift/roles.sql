-- Who may do what. Run once, as a superuser, before the first build; safe to review, no secrets.
-- What a role may read is granted table by table after every build, by the macro `protect` of the
-- dbt project: a rebuilt table has no grants, and tables that are not marts are nobody's.

create role analyst; -- every mart, customers masked
create role customer_reader; -- the same, with customer ids
create role franchisee; -- the rows of their own restaurants only
create role loader; -- the pipeline: load and dbt; grant it to the user whom REDSHIFT_USER names

create schema if not exists marts;
grant usage on schema marts to role analyst;
grant usage on schema marts to role customer_reader;
grant usage on schema marts to role franchisee;
grant usage, create on schema marts to role loader;

-- The pipeline creates its other schemas itself; nobody else may write.
grant create on database franchise to role loader;
revoke create on schema public from public;
