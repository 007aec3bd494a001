-- Masked customers and franchisees' rows. Reviewed SQL: the stand-in cannot execute policies.
-- A policy hangs on one table. dbt replaces the marts that are not incremental at every build, and
-- the new table has no policy: run this file after every `dbt build`, in the same job, before the
-- workgroup is opened to readers. `create .. if not exists` makes the first part repeatable.

create masking policy hide_customer if not exists
with (customer_id varchar(256)) using (cast(null as varchar(256)));
create masking policy show_customer if not exists
with (customer_id varchar(256)) using (customer_id);

-- Everybody sees null; who was granted customer_reader sees the id. The higher priority wins.
attach masking policy hide_customer on marts.dim_customers (customer_id) to public priority 0;
attach masking policy show_customer on marts.dim_customers (customer_id)
to role customer_reader priority 10;
attach masking policy hide_customer on marts.customer_clv (customer_id) to public priority 0;
attach masking policy show_customer on marts.customer_clv (customer_id)
to role customer_reader priority 10;
attach masking policy hide_customer on marts.customer_clv_history (customer_id) to public priority 0;
attach masking policy show_customer on marts.customer_clv_history (customer_id)
to role customer_reader priority 10;
attach masking policy hide_customer on marts.customer_rfm (customer_id) to public priority 0;
attach masking policy show_customer on marts.customer_rfm (customer_id)
to role customer_reader priority 10;
attach masking policy hide_customer on marts.customer_churn (customer_id) to public priority 0;
attach masking policy show_customer on marts.customer_churn (customer_id)
to role customer_reader priority 10;
attach masking policy hide_customer on marts.fct_orders (customer_id) to public priority 0;
attach masking policy show_customer on marts.fct_orders (customer_id)
to role customer_reader priority 10;
attach masking policy hide_customer on marts.fct_order_items (customer_id) to public priority 0;
attach masking policy show_customer on marts.fct_order_items (customer_id)
to role customer_reader priority 10;

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

-- With row-level security on, a role without a policy sees no row at all.
attach rls policy own_restaurants on marts.fct_orders to role franchisee;
attach rls policy all_restaurants on marts.fct_orders to role analyst, role customer_reader, role loader;
alter table marts.fct_orders row level security on;
attach rls policy own_restaurants on marts.sales_by_location to role franchisee;
attach rls policy all_restaurants on marts.sales_by_location
to role analyst, role customer_reader, role loader;
alter table marts.sales_by_location row level security on;
attach rls policy own_restaurants on marts.sales_trends to role franchisee;
attach rls policy all_restaurants on marts.sales_trends
to role analyst, role customer_reader, role loader;
alter table marts.sales_trends row level security on;
attach rls policy own_restaurants on marts.location_performance to role franchisee;
attach rls policy all_restaurants on marts.location_performance
to role analyst, role customer_reader, role loader;
alter table marts.location_performance row level security on;
