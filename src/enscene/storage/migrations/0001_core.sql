-- up
-- The bones: shards, tenants, parties, scenes, the ledger, things, counters, events, idempotency.
-- Every table with tenant data leads with `tenant` and is put under forced row-level security at
-- the end of this file. No extensions, no procedures: plain SQL for PostgreSQL >= 15.

create table shard (
  id   int primary key,
  seq  bigint not null default 0,                        -- last number given to a unit
  at   timestamptz not null default '1970-01-01Z',       -- last time given to a unit
  -- Microseconds by which sandbox tenants' clocks run ahead, by tenant id: read with the lock.
  clocks jsonb not null default '{}'
) with (fillfactor = 10);

create table tenant (
  id              int primary key,
  ref             text not null unique,
  name            text not null,
  shard           int not null references shard,
  zone            text not null default 'Asia/Shanghai',
  region          text not null default 'CN',
  currency        text not null default 'CNY',
  sandbox         boolean not null default false,        -- only then may its clock be moved
  brand           jsonb not null default '{}',
  created_at      timestamptz not null default now()
);

create sequence party_id;
create table party (
  tenant     int not null references tenant,
  id         bigint not null default nextval('party_id'),
  ref        text not null,                              -- chosen by the caller, unique in the tenant
  kind       text not null,                              -- person, merchant, employer, device, bank…
  name       text not null default '',
  profile    jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (tenant, id),
  unique (tenant, ref)
);

-- The sources of packs as they were when first used; old versions stay compiled from here.
create table pack_source (
  digest     text primary key,
  pack       text not null,
  version    text not null,
  files      jsonb not null,
  created_at timestamptz not null default now()
);

create sequence scene_id;
create table scene (
  tenant     int not null references tenant,
  id         int not null default nextval('scene_id'),
  ref        text not null,
  name       text not null,
  pack       text not null,
  state      text not null default 'draft',
  terms      int not null default 1,                     -- the terms in force
  version    bigint not null default 1,                  -- moves when state, terms or roster change
  profile    jsonb not null default '{}',                -- class, region, owner unit, level…
  created_at timestamptz not null default now(),
  live_at    timestamptz,
  primary key (tenant, id),
  unique (tenant, ref),
  check (state in ('draft', 'sandbox', 'pilot', 'live', 'suspended', 'retired'))
);

create table terms (
  tenant     int not null,
  scene      int not null,
  number     int not null,
  digest     text not null references pack_source,
  variant    text,
  options    jsonb not null default '{}',
  parts      jsonb not null default '{}',
  added      jsonb not null default '[]',                -- library blocks added to steps
  products   jsonb not null default '[]',
  created_at timestamptz not null default now(),
  created_by text not null default '',
  primary key (tenant, scene, number)
);

create table enrolment (
  tenant   int not null,
  scene    int not null,
  role     text not null,
  party    bigint not null,
  bound_to bigint,                                       -- of a device: the party it stands at
  active   boolean not null default true,
  since    timestamptz not null default now(),
  primary key (tenant, scene, role, party)
);
create index enrolment_party on enrolment (tenant, party);

create table link (
  tenant     int not null,
  scene      int not null,
  name       text not null,
  from_party bigint not null,
  to_party   bigint not null,
  primary key (tenant, scene, name, from_party)
);

create table consent (
  tenant  int not null,
  scene   int not null,
  party   bigint not null,
  item    text not null,
  granted boolean not null,
  at      timestamptz not null default now(),
  primary key (tenant, scene, party, item)
);

create sequence account_id;
create table account (
  tenant   int not null,
  id       bigint not null default nextval('account_id'),
  scene    int not null,                                 -- 0: outside every scene
  name     text not null,
  owner    bigint not null,
  currency text not null,
  kind     text not null default 'free' check (kind in ('free', 'supervised', 'closed_loop')),
  role     text not null default '',
  floor    bigint,                                       -- least posted - held; null: none
  posted   bigint not null default 0,
  held     bigint not null default 0 check (held >= 0),
  primary key (tenant, id),
  unique (tenant, scene, owner, name, currency)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.2);

-- One row is both legs and both running balances, so a transfer can never be half written.
create table transfer (
  tenant     int not null,
  seq        bigint not null,                            -- number of the unit in its shard
  n          smallint not null,                          -- place within the unit
  at         timestamptz not null,
  dr         bigint not null,
  cr         bigint not null,
  amount     bigint not null check (amount > 0),
  currency   text not null,
  kind       smallint not null,                          -- 0 post, 1 hold, 2 capture, 3 void
  dr_balance bigint,                                     -- posted after; null for hold and void
  cr_balance bigint,
  hold       uuid,
  scene      int not null,
  flow       text not null,
  primary key (tenant, seq, n),
  check (dr <> cr),
  check ((kind in (0, 2)) = (dr_balance is not null))
);
create index transfer_dr on transfer (tenant, dr, seq, n);
create index transfer_cr on transfer (tenant, cr, seq, n);

create view entry with (security_invoker = true) as
  select tenant, dr as account, seq, n, at, -amount as amount, currency, dr_balance as balance,
         cr as other, scene, flow, kind
    from transfer where dr_balance is not null
  union all
  select tenant, cr, seq, n, at, amount, currency, cr_balance, dr, scene, flow, kind
    from transfer where cr_balance is not null;

create table hold (
  tenant   int not null,
  id       uuid not null,
  dr       bigint not null,
  cr       bigint not null,
  amount   bigint not null check (amount > 0),
  captured bigint not null default 0 check (captured between 0 and amount),
  state    smallint not null,                            -- 0 open, 1 captured, 2 void, 3 expired
  currency text not null,
  scene    int not null,
  flow     text not null,
  expires  timestamptz,
  primary key (tenant, id)
) with (fillfactor = 70);
create index hold_expires on hold (tenant, expires) where state = 0 and expires is not null;

create table thing (
  tenant  int not null,
  scene   int not null,
  type    text not null,
  key     text not null,
  state   text not null,
  version int not null default 1,
  terms   int not null,
  fields  jsonb not null,
  money   jsonb,                                         -- lineage of its payments, and its holds
  bind    text,                                          -- what reactions find it by
  due     timestamptz,                                   -- when its next timer fires
  timer   text,
  born    bigint not null,                               -- number of the unit that created it
  seq     bigint not null,                               -- number of the last unit that changed it
  primary key (tenant, scene, type, key)
) with (fillfactor = 80);
create index thing_born on thing (tenant, scene, type, born);
create index thing_bind on thing (tenant, scene, type, bind) where bind is not null;
create index thing_due on thing (tenant, due) where due is not null;

create table counter (
  tenant int not null,
  scene  int not null,
  name   text not null,
  owner  bigint not null,
  span   text not null,                                  -- the window: a day, a month…
  value  bigint not null,
  primary key (tenant, scene, name, owner, span)
) with (fillfactor = 70);

-- What was committed, in order: one row a unit.
create table event (
  shard   int not null,
  seq     bigint not null,
  tenant  int not null,
  at      timestamptz not null,
  scene   int not null,
  action  text not null,
  subject text not null,                                 -- the thing or party it was about
  actor   text not null,
  facts   jsonb not null,
  primary key (shard, seq)
);
create index event_scene on event (tenant, scene, seq);

-- Answers and business refusals by key; kept at least 7 days.
create table idempotency (
  tenant      int not null,
  digest      uuid not null,                             -- of (app, operation, key, line)
  fingerprint uuid not null,                             -- of the request
  refused     boolean not null,
  answer      text not null,
  at          timestamptz not null,
  primary key (tenant, digest)
);
create index idempotency_at on idempotency using brin (at);

-- How far each reaction has read each shard's event log.
create table reading (
  name  text not null,
  shard int not null,
  seq   bigint not null default 0,
  primary key (name, shard)
);

-- Row-level security: forced, so that the owner is held to it too. A transaction sees the tenants
-- that `enscene.tenants` names and nothing when it names none. The setting is read once a
-- statement (a scalar subquery), not once a row.
do $$
declare t text;
begin
  foreach t in array array['party', 'scene', 'terms', 'enrolment', 'link', 'consent', 'account',
                           'transfer', 'hold', 'thing', 'counter', 'event', 'idempotency'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table reading, idempotency, event, counter, thing, hold cascade;
drop view entry;
drop table transfer, account, consent, link, enrolment, terms, scene, pack_source, party, tenant, shard;
drop sequence account_id, scene_id, party_id;
