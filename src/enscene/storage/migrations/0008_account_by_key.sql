-- up
-- As with things (0006): accounts are moved by key, and found by owner. The index of the latter is
-- for queries that say `id > 0`, so that no plan of an empty table reads a tenant's accounts one
-- by one for each that a batch moves.
alter table account drop constraint account_tenant_scene_owner_name_currency_key;
create unique index account_owner on account (tenant, scene, owner, name, currency) where id > 0;

-- down
drop index account_owner;
alter table account add constraint account_tenant_scene_owner_name_currency_key
  unique (tenant, scene, owner, name, currency);
