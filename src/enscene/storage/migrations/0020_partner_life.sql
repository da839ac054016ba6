-- up
-- Partners of a bank: who they are, how far they have come, and what was seen of them.

create table partner (
  tenant      int not null references tenant,             -- the bank that they apply to
  id          uuid not null,
  ref         text not null,                              -- their applications are partner-<ref>
  name        text not null,
  contact     text not null,
  email       text not null,
  purpose     text not null,
  level       text not null check (level in ('A1', 'A2')),
  scopes      text[] not null,
  webhook_url text,
  software    text not null default '',                   -- the version of their own program
  settings    int not null default 1,                     -- counts their changes
  stage       text not null,
  round       int not null default 1,                     -- which application it is
  standard    text,                                       -- the version of the questions answered
  answers     jsonb not null default '{}',
  findings    jsonb not null default '{}',                -- what the bank found of the evidence
  access      bytea,                                      -- digest of their access key
  hook        bytea,                                      -- sealed: signs what the sandbox sends
  hook_before bytea,
  sandbox     int,                                        -- tenant of the sandbox application
  sandbox_app bigint,
  live_app    bigint,
  live_keys   jsonb,                                      -- with which they ask to go live
  leaving     jsonb not null default '{}',                -- data return, switch test
  made_at     timestamptz not null default now(),
  primary key (tenant, id),
  unique (tenant, ref)
);
create unique index partner_access on partner (tenant, access);
create index partner_sandbox on partner (tenant, sandbox, sandbox_app);

create table partner_stage (
  tenant  int not null,
  partner uuid not null,
  n       int not null,
  stage   text not null,
  at      timestamptz not null default clock_timestamp(),
  who     text not null,
  why     text not null default '',
  primary key (tenant, partner, n)
);

create table partner_vote (
  tenant   int not null,
  partner  uuid not null,
  round    int not null,
  who      text not null,
  approver bool not null,
  admit    bool not null,
  why      text not null,
  at       timestamptz not null default clock_timestamp(),
  primary key (tenant, partner, round, who)
);

-- What stands on the internet for a partner, outside the bank.
create table partner_asset (
  tenant            int not null,
  id                uuid not null,
  partner           uuid not null,
  kind              text not null,
  name              text not null,
  owner             text not null default '',
  supplier          text not null default '',
  version           text not null default '',
  certificate_until date,
  domain_until      date,
  seen_at           timestamptz not null default clock_timestamp(),
  seen_by           text not null,
  primary key (tenant, id),
  unique (tenant, partner, kind, name)
);

create table partner_hole (
  tenant   int not null,
  asset    uuid not null,
  name     text not null,                                 -- CVE-2026-0001
  severity text not null check (severity in ('low', 'middle', 'high')),
  found_at timestamptz not null default clock_timestamp(),
  found_by text not null,
  fixed_at timestamptz,
  fixed_by text,
  primary key (tenant, asset, name)
);

-- A conformance run, or a single delivery to try out. Whoever plays it holds it until `until`.
create table partner_run (
  tenant   int not null,
  id       uuid not null,
  partner  uuid not null,
  kind     text not null check (kind in ('conformance', 'delivery')),
  fault    text not null default 'none',
  settings int not null,
  state    text not null default 'asked' check (state in ('asked', 'running', 'passed', 'failed')),
  checks   jsonb not null default '[]',
  asked_by text not null,
  asked_at timestamptz not null default clock_timestamp(),
  until    timestamptz,
  done_at  timestamptz,
  primary key (tenant, id)
);
create index partner_run_partner on partner_run (tenant, partner, asked_at desc);
create index partner_run_waits on partner_run (tenant, asked_at) where state in ('asked', 'running');

-- What a partner did when the run asked for it, by the idempotency key that it used.
create table partner_act (
  tenant int not null,
  run    uuid not null,
  event  text not null,
  key    text not null,
  body   text not null,
  calls  int not null default 1,
  other  int not null default 0,                          -- calls with the key and another body
  at     timestamptz not null default clock_timestamp(),
  primary key (tenant, run, event, key)
);

-- Calls of partners' applications, for their own eyes and the bank's.
create sequence partner_call_id;
create table partner_call (
  tenant     int not null,
  app        bigint not null,
  id         bigint not null default nextval('partner_call_id'),
  at         timestamptz not null,
  method     text not null,
  path       text not null,
  status     int not null,
  code       text,
  request    text not null,
  latency_ms int not null,
  primary key (tenant, app, id)
);

do $$
declare t text;
begin
  foreach t in array array['partner', 'partner_stage', 'partner_vote', 'partner_asset',
                           'partner_hole', 'partner_run', 'partner_act', 'partner_call'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table partner_call, partner_act, partner_run, partner_hole, partner_asset, partner_vote,
  partner_stage, partner;
drop sequence partner_call_id;
