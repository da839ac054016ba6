-- up
-- A contract has a life of its own: what it owes or has earned, kept with the row. `wake` is the
-- first day on which something happens to it by itself. Interest that comes up on it from
-- `counted` on is `bears` a day (minor units times millionths a year); `accrued` and `carry` are
-- what had come up by then.
alter table contract
  add column version int not null default 1,
  add column life    json,                                -- as text: read and written whole
  add column terms   jsonb not null default '{}',
  add column facts   jsonb not null default '{}',
  add column entries int not null default 0,
  add column wake    date,
  add column bears   bigint not null default 0,
  add column accrued bigint not null default 0,
  add column carry   bigint not null default 0,
  add column counted date,
  add column days    text not null default 'act/365',
  add column ended_at timestamptz,
  alter column seq set default 0;
alter table contract set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.1);
create index contract_wake on contract (tenant, wake) where wake is not null;

-- What has happened to a contract, in its own order. Sums are minor units of its currency.
create table contract_entry (
  tenant    int not null,
  contract  uuid not null,
  n         int not null,
  seq       bigint not null,                              -- the unit that did it
  day       date not null,                                -- the day it belongs to
  what      text not null,
  principal bigint not null default 0,
  interest  bigint not null default 0,
  penalty   bigint not null default 0,
  fee       bigint not null default 0,
  about     text not null default '',
  primary key (tenant, contract, n)
);

-- Up to which day the contracts of a tenant are closed.
create table contract_day (
  tenant    int primary key references tenant,
  closed    date not null,
  woken     int not null default 0,
  failed    int not null default 0,
  closed_at timestamptz not null default now()
);

do $$
declare t text;
begin
  foreach t in array array['contract_entry', 'contract_day'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table contract_day, contract_entry;
drop index contract_wake;
alter table contract
  drop column ended_at, drop column days, drop column counted, drop column carry,
  drop column accrued, drop column bears, drop column wake, drop column entries,
  drop column facts, drop column terms, drop column life, drop column version;
