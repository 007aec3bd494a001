-- What masked customers and a franchisee's own rows are. Run once, as a superuser, after roles.sql.
-- The macro `protect` of the dbt project attaches these to each mart, inside the transaction that
-- makes it, so no reader ever meets a mart without them.

-- Only sys:secadmin attaches policies. The pipeline needs it, and with it reads every row.
grant role sys:secadmin to role loader;

-- Everybody sees null; who was granted customer_reader sees the id. The higher priority wins.
create masking policy hide_customer if not exists
with (customer_id varchar(256)) using (cast(null as varchar(256)));
create masking policy show_customer if not exists
with (customer_id varchar(256)) using (customer_id);

-- Which user runs which restaurant; headquarters keeps it.
create schema if not exists access;
create table if not exists access.franchisees (
    user_name varchar(128) not null,
    restaurant_id varchar(256) not null
) diststyle all;

create rls policy own_restaurants
with (restaurant_id varchar(256)) using (
    restaurant_id in (
        select f.restaurant_id from access.franchisees as f where f.user_name = current_user
    )
);
create rls policy all_restaurants using (true);
grant select on access.franchisees to rls policy own_restaurants;
