-- up
-- As with things (0006) and accounts (0008): contracts are written and read by id, and found by
-- customer. Whoever looks for a customer's says `customer > 0`, so that no plan of a table without
-- statistics reads all of a tenant's for each.
drop index contract_customer;
create index contract_customer on contract (tenant, customer, opened_at) where customer > 0;
-- What lends stands on a thing of a scene, once.
create index contract_about on contract (tenant, scene, about)
  where life is not null and about <> '';
-- Things that a trigger is for. This began like the index by key: of two that promised one row
-- each the flatter one was chosen, and every thing of the type was read for each event.
drop index thing_bind;
create index thing_bind on thing (bind, tenant) where bind is not null;

-- down
drop index thing_bind;
create index thing_bind on thing (tenant, scene, type, bind) where bind is not null;
drop index contract_about;
drop index contract_customer;
create index contract_customer on contract (tenant, customer, opened_at);
