-- up
-- Tenants as a tree, what they may use, and how those without IT are looked after.

-- 0 bank, 1 branch, 2 tenant, 3 sub-tenant. A parent stands on a lower number, which the foreign
-- key repeats and the check compares: so there are no cycles, whoever writes.
alter table tenant
  add column level        smallint not null default 0 check (level between 0 and 3),
  add column parent       int,
  add column parent_level smallint,
  add column plan         text not null default 'joint',
  add column manager      text not null default '',      -- who serves it, by name
  add column state        text not null default 'open' check (state in ('open', 'closed')),
  add column closed_at    timestamptz,
  add constraint tenant_level unique (id, level),
  add constraint tenant_parent foreign key (parent, parent_level) references tenant (id, level),
  add constraint tenant_order check ((parent is null) = (level = 0) and
    (parent is null) = (parent_level is null) and (parent is null or parent_level < level));
create index tenant_children on tenant (parent) where parent is not null;

-- The most of something that a tenant and all below it may have together.
create table tenant_quota (
  tenant int not null references tenant,
  what   text not null check (what in ('scenes', 'users', 'apps', 'calls_day')),
  most   bigint not null check (most >= 0),
  set_by text not null,
  set_at timestamptz not null default now(),
  primary key (tenant, what)
);

-- Another limit that somebody has asked for; somebody else decides. No number: no limit.
create table tenant_quota_ask (
  tenant   int not null references tenant,
  what     text not null check (what in ('scenes', 'users', 'apps', 'calls_day')),
  most     bigint check (most >= 0),
  asked_by text not null,
  asked_at timestamptz not null default now(),
  primary key (tenant, what)
);

-- Calls of its applications by day of its zone; added up by each process a few times a minute.
create table tenant_call_day (
  tenant int not null references tenant,
  day    date not null,
  calls  bigint not null,
  errors bigint not null,
  primary key (tenant, day)
) with (fillfactor = 60);

-- What is to be done for a tenant: its delivery project and its care calendar.
create table tenant_step (
  tenant  int not null references tenant,
  kind    text not null check (kind in ('project', 'care')),
  n       int not null,
  title   text not null,                                  -- in both languages: 调研 · Research
  due     date not null,
  done_at timestamptz,
  done_by text,
  note    text not null default '',
  primary key (tenant, kind, n),
  check ((done_at is null) = (done_by is null))
);

do $$
declare t text;
begin
  foreach t in array array['tenant_quota', 'tenant_quota_ask', 'tenant_call_day', 'tenant_step'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table tenant_step, tenant_call_day, tenant_quota_ask, tenant_quota;
alter table tenant
  drop constraint tenant_order, drop constraint tenant_parent, drop constraint tenant_level,
  drop column closed_at, drop column state, drop column manager, drop column plan,
  drop column parent_level, drop column parent, drop column level;
