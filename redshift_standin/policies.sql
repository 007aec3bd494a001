-- Masking and row-level security. A masked column is rewritten by policies.py when a statement
-- reads it; policies over rows are Postgres' own. What Redshift says of them: r_ATTACH_MASKING_POLICY,
-- t_ddm-hierarchy, r_ATTACH_RLS_POLICY of AWS' guide.
create table rs.masking_policies (policy text primary key, input text, expression text);
create table rs.masks (
    relation oid, masked_column text, policy text, grantee text, grantee_type text, priority int
);
create table rs.row_policies (policy text primary key, expression text);

create function rs.create_masking_policy(
    policy text, input text, expression text, if_absent boolean
) returns void language plpgsql as
$$
begin
    if if_absent and exists (select from rs.masking_policies as p where p.policy = $1) then
        return;
    end if;
    insert into rs.masking_policies values (policy, input, expression);
end
$$;

create function rs.check_role(grantee text, grantee_type text) returns void language plpgsql as
$$
begin
    if grantee_type <> 'public' and not exists (select from pg_roles where rolname = grantee) then
        raise exception '% "%" does not exist', grantee_type, grantee using errcode = '42704';
    end if;
end
$$;

create function rs.attach_mask(
    policy text, relation regclass, masked text, grantee text, grantee_type text, priority int
) returns void language plpgsql as
$$
declare
    other rs.masks;
begin
    perform rs.check_role(grantee, grantee_type);
    if not exists (select from rs.masking_policies as p where p.policy = $1) then
        raise exception 'masking policy "%" does not exist', policy using errcode = '42704';
    end if;
    if not exists (select from pg_attribute where attrelid = relation and attname = masked) then
        raise exception 'column "%" does not exist', masked using errcode = '42703';
    end if;
    for other in
        select * from rs.masks as m where m.relation = $2 and m.masked_column = masked
    loop
        if (other.grantee = $4 and other.grantee_type = $5)
            or (other.priority = $6 and other.policy <> $1)
        then
            raise exception 'policy "%" is attached to column "%" for % with priority %',
                other.policy, masked, other.grantee, other.priority using errcode = '42710';
        end if;
    end loop;
    insert into rs.masks values (relation, masked, policy, grantee, grantee_type, priority);
end
$$;

create function rs.create_row_policy(policy text, expression text) returns void language sql as
$$insert into rs.row_policies values (policy, expression)$$;

create function rs.attach_row_policy(policy text, relation regclass, grantee text)
returns void language plpgsql as
$$
declare
    found_expression text;
begin
    perform rs.check_role(grantee, 'role');
    select p.expression into strict found_expression from rs.row_policies as p where p.policy = $1;
    execute format(
        'create policy %I on %s for select to %I using (%s)',
        policy || ' to ' || grantee, relation, grantee, found_expression
    );
exception when no_data_found then
    raise exception 'RLS policy "%" does not exist', policy using errcode = '42704';
end
$$;

-- The mask of each column that applies to who is asking: of those that do, the highest priority.
-- A superuser has no role but those it was granted, and is masked like anybody else: the strict side.
create view rs.masks_of_mine as
select distinct on (m.relation, m.masked_column)
    m.relation, m.masked_column, p.input, p.expression
from rs.masks as m
inner join rs.masking_policies as p on m.policy = p.policy
where
    m.grantee_type = 'public'
    or m.grantee = current_user
    or exists (
        select
        from pg_auth_members as a
        inner join pg_roles as r on a.roleid = r.oid
        inner join pg_roles as u on a.member = u.oid
        where r.rolname = m.grantee and u.rolname = current_user
    )
order by m.relation, m.masked_column, m.priority desc;
create view rs.columns_masked as
select
    n.nspname::text as schema_name, c.relname::text as table_name, a.attname::text as column_name,
    m.input, m.expression
from pg_attribute as a
inner join pg_class as c on a.attrelid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
left join rs.masks_of_mine as m on a.attrelid = m.relation and a.attname = m.masked_column
where
    a.attnum > 0
    and not a.attisdropped
    and a.attrelid in (select m.relation from rs.masks_of_mine as m)
order by n.nspname, c.relname, a.attnum;

create view rs.svv_attached_masking_policy as
select
    m.policy as policy_name, n.nspname::text as schema_name, c.relname::text as table_name,
    'table'::text as table_type, m.grantee, m.grantee_type, m.priority,
    m.masked_column as output_columns
from rs.masks as m
inner join pg_class as c on m.relation = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid;
create view rs.svv_rls_attached_policy as
select
    p.schemaname::text as relschema, p.tablename::text as relname, 'table'::text as relkind,
    split_part(p.policyname, ' to ', 1) as polname, p.roles[1]::text as grantee,
    'role'::text as granteekind, c.relrowsecurity as is_rls_on
from pg_policies as p
inner join pg_class as c on c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass;

-- Redshift lets a policy read its lookup table for whoever asks; here everybody may read it.
create function rs.grant_lookup(relation regclass) returns void language plpgsql as
$$
begin
    execute format(
        'grant usage on schema %s to public',
        (select c.relnamespace::regnamespace from pg_class as c where c.oid = relation)
    );
    execute format('grant select on %s to public', relation);
end
$$;

grant usage on schema rs to public;
grant select on all tables in schema rs to public;
