-- Looking at a Serverless workgroup. Only SYS_ and SVV_ views exist there; STL_, STV_ and SVL_ do not.

-- What did the last seven days cost, the days that are kept? 0.375 is the price of one RPU hour (us-east-1): set your own.
select
    trunc(start_time) as day,
    sum(charged_seconds) / cast(3600 as double precision) as rpu_hours,
    sum(charged_seconds) / cast(3600 as double precision) * 0.375 as dollars
from sys_serverless_usage
group by trunc(start_time)
order by day;

-- Which statements took longest today, and did they wait? Times are microseconds.
select
    query_id,
    username,
    status,
    elapsed_time / 1000000 as seconds,
    queue_time / 1000000 as seconds_in_queue,
    left(query_text, 120) as begins
from sys_query_history
where start_time > dateadd(day, -1, getdate())
order by elapsed_time desc
limit 20;

-- Which dbt models and tests cost most today? dbt begins each statement with a comment that names them.
select
    regexp_substr(query_text, '"node_id": "[^"]*"') as node,
    count(*) as statements,
    sum(execution_time) / 1000000 as seconds
from sys_query_history
where start_time > dateadd(day, -1, getdate()) and query_text like '%"app": "dbt"%'
group by regexp_substr(query_text, '"node_id": "[^"]*"')
order by seconds desc
limit 20;

-- What failed today, and why.
select
    start_time,
    username,
    error_message,
    left(query_text, 120) as begins
from sys_query_history
where start_time > dateadd(day, -1, getdate()) and status = 'failed'
order by start_time desc
limit 20;

-- What was loaded, and what COPY refused.
select
    query_id,
    table_name,
    status,
    loaded_rows,
    loaded_bytes,
    source_file_count,
    error_count
from sys_load_history
order by start_time desc
limit 20;
select
    query_id,
    file_name,
    column_name,
    error_message
from sys_load_error_detail
order by start_time desc
limit 20;

-- Which tables are badly spread, unsorted, or without statistics? Serverless vacuums and analyzes by
-- itself; a table that stays above 20 here is worth a look.
select
    "schema",
    "table",
    diststyle,
    sortkey1,
    tbl_rows,
    unsorted,
    stats_off,
    skew_rows
from svv_table_info
where unsorted > 20 or stats_off > 20 or skew_rows > 4
order by tbl_rows desc;

-- What did Serverless vacuum and analyze by itself?
select
    schema_name,
    table_name,
    vacuum_type,
    status,
    start_time,
    reclaimed_rows
from sys_vacuum_history
where is_automatic
order by start_time desc
limit 20;
select
    table_name,
    status,
    start_time,
    modified_rows
from sys_analyze_history
where is_automatic = 't'
order by start_time desc
limit 20;

-- Who may read what, and through which policies.
select
    namespace_name,
    relation_name,
    identity_name,
    identity_type,
    privilege_type
from svv_relation_privileges
where namespace_name = 'marts'
order by relation_name, identity_name;
select
    schema_name,
    table_name,
    policy_name,
    grantee,
    priority
from svv_attached_masking_policy
order by table_name, priority;
select
    relschema,
    relname,
    polname,
    grantee,
    is_rls_on
from svv_rls_attached_policy
order by relname, grantee;
