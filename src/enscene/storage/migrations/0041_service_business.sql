-- up
-- The platform as a service business: firms that are made tenants by list.

create table firm_list (
  tenant     int not null references tenant,              -- below whom they are made
  id         uuid not null,
  title      text not null,
  level      text not null check (level in ('branch', 'tenant', 'sub_tenant')),
  plan       text not null,
  manager    text not null,
  pack       text not null,                               -- of each one's first scene, '' for none
  digest     bytea not null,                              -- of plan and lines: the same list twice
  state      text not null default 'asked' check (state in ('asked', 'running', 'done', 'refused')),
  asked_by   text not null,
  asked_at   timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  ended_at   timestamptz,
  primary key (tenant, id),
  check ((state = 'asked') = (decided_by is null)),
  check (state in ('asked', 'refused') or decided_by <> asked_by)
);
create unique index firm_list_open on firm_list (tenant, digest) where state in ('asked', 'running');

create table firm_line (
  tenant int not null,
  list   uuid not null,
  n      int not null,                                    -- the line of the file
  ref    text not null,
  name   text not null,
  state  text not null default 'waiting' check (state in ('waiting', 'done', 'known', 'failed')),
  why    text not null default '',                        -- the code of what stood in the way
  at     timestamptz,
  primary key (tenant, list, n),
  unique (tenant, list, ref),
  foreign key (tenant, list) references firm_list
);
create index firm_line_waiting on firm_line (tenant, list, n) where state = 'waiting';

-- Firms whose services tenants of a bank pay for; a plan names them where it shares.
create table vendor (
  tenant     int not null references tenant,              -- the bank
  ref        text not null,
  name       text not null,
  state      text not null default 'asked' check (state in ('asked', 'admitted', 'refused')),
  asked_by   text not null,
  asked_at   timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, ref),
  check ((state = 'asked') = (decided_by is null)),
  check (state <> 'admitted' or decided_by <> asked_by)
);
create index billing_line_vendor on billing_line ((detail ->> 'vendor'), month)
  where detail ? 'vendor';

do $$
declare t text;
begin
  foreach t in array array['firm_list', 'firm_line', 'vendor'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop index billing_line_vendor;
drop table vendor, firm_line, firm_list;
