-- up
-- The interfaces of a bank: who answers for each, which shapes callers know, what is withdrawn and
-- when, how much may be called and from where, how it is called, and who was blocked.

-- Who was there before versions had dates goes on with the first shape; whoever comes gets the last.
alter table app
  add column version   text not null default '2026-11-01',
  add column addresses text[] not null default '{}';     -- networks; none: from anywhere
alter table app alter column version set default '2026-11-23';

alter table partner add column first_call timestamptz;   -- the first that was answered, live
alter table partner_call add column api text not null default '';
create index partner_call_at on partner_call (tenant, at);

create table api_owner (
  tenant int not null references tenant,
  api    text not null,
  owner  text not null,
  set_by text not null,
  set_at timestamptz not null default now(),
  primary key (tenant, api)
);

-- What is on its way out. `told` are the applications that were told, because they had called it.
create table api_notice (
  tenant     int not null references tenant,
  api        text not null,
  deprecated timestamptz not null,
  sunset     timestamptz not null,
  successor  text not null default '',
  zh         text not null,
  en         text not null,
  told       text[] not null default '{}',
  who        text not null,
  at         timestamptz not null default now(),
  primary key (tenant, api),
  check (sunset > deprecated)
);

-- Of an application by its name, or of a whole scene by its ref, over all applications.
create table call_limit (
  tenant      int not null references tenant,
  kind        text not null check (kind in ('app', 'scene')),
  target      text not null,
  rate        int not null check (rate > 0),              -- a second, in each process
  burst       int not null check (burst > 0),
  addresses   text[] not null default '{}',
  asked_by    text not null,
  asked_at    timestamptz not null default now(),
  state       text not null default 'asked' check (state in ('asked', 'in_force')),
  approved_by text,
  approved_at timestamptz,
  primary key (tenant, kind, target, state),
  check ((approved_by is null) = (state = 'asked')),
  check (approved_by <> asked_by)
);

-- Calls of live partners by hour, counted from partner_call, whenever it is asked for again.
create table partner_call_hour (
  tenant int not null,
  hour   timestamptz not null,
  app    bigint not null,
  api    text not null,
  calls  bigint not null,
  failed bigint not null,                                 -- answered 400 or more
  broken bigint not null,                                 -- of them 500 or more
  spent  int[] not null,                                  -- calls by how long they took
  codes  jsonb not null default '{}',
  moved  jsonb not null default '{}',                     -- minor units by currency
  primary key (tenant, hour, app, api)
);

create table partner_call_review (
  tenant int not null,
  day    date not null,
  who    text not null,
  note   text not null,
  calls  bigint not null,
  failed bigint not null,
  at     timestamptz not null default clock_timestamp(),
  primary key (tenant, day)
);

create table partner_block (
  tenant    int not null references tenant,
  id        uuid not null,
  partner   uuid not null,
  app       bigint not null,
  rule      text not null,
  evidence  jsonb not null,
  at        timestamptz not null default clock_timestamp(),
  until     timestamptz not null,
  lifted_at timestamptz,
  lifted_by text,
  why       text,
  primary key (tenant, id),
  check ((lifted_at is null) = (lifted_by is null))
);
create index partner_block_app on partner_block (tenant, app, until) where lifted_at is null;

do $$
declare t text;
begin
  foreach t in array array['api_owner', 'api_notice', 'call_limit', 'partner_call_hour',
                           'partner_call_review', 'partner_block'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table partner_block, partner_call_review, partner_call_hour, call_limit, api_notice, api_owner;
drop index partner_call_at;
alter table partner_call drop column api;
alter table partner drop column first_call;
alter table app drop column addresses, drop column version;
