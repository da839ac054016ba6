-- up
-- Finance that arrives in a scene: applications with the facts they stand on, credit decisions,
-- second factors, handoffs, talk, and the tasks of relationship managers.

create table application (
  tenant      int not null,
  id          uuid not null,
  scene       int not null,                               -- where it was begun
  customer    bigint not null,
  product     text not null,                              -- of the shelf
  state       text not null check (state in ('begun', 'approved', 'refused', 'referred',
                                             'confirmed', 'done', 'given_up', 'expired')),
  amount      bigint,                                     -- minor units
  months      int,
  currency    text not null,
  offer       uuid,                                       -- the decision that offered it
  fact        jsonb,                                      -- the verified fact of the scene
  fields      jsonb not null default '{}',                -- by name: value, and from where it is
  quote       jsonb not null,                             -- price, instalments, cost a year
  data        jsonb not null default '[]',                -- names of the data that were used
  reasons     jsonb not null default '[]',
  began_in    text not null,
  ended_in    text,
  asked_twice int not null default 0,                     -- fields asked again though known
  decision    uuid,
  contract    text,
  staff       text,                                       -- who has joined it
  begun_at    timestamptz not null,
  answered_at timestamptz,                                -- the first answer
  ended_at    timestamptz,
  expires_at  timestamptz not null,
  primary key (tenant, id)
) with (fillfactor = 70);
create index application_scene on application (tenant, scene, begun_at desc);
create index application_customer on application (tenant, customer, begun_at desc);
create index application_expires on application (tenant, expires_at)
  where state in ('begun', 'approved', 'referred');

create table application_step (
  tenant      int not null,
  application uuid not null,
  n           int not null,
  step        text not null,
  channel     text not null,
  actor       text not null,
  at          timestamptz not null,
  primary key (tenant, application, n)
);

-- A fact of a scene carries one application, and then its contract: whoever brings it a second
-- time is refused. `likeness` is the same for facts that differ in nothing but their number.
create table used_fact (
  tenant      int not null,
  fact        text not null,
  likeness    text not null,
  application uuid not null,
  customer    bigint not null,
  primary key (tenant, fact)
);
create index used_fact_likeness on used_fact (tenant, likeness);

-- One row a customer: locked while a decision adds to what the customer owes or is promised.
create table credit_customer (
  tenant   int not null,
  customer bigint not null,
  primary key (tenant, customer)
);

create table credit_decision (
  tenant      int not null,
  id          uuid not null,
  application uuid not null,
  customer    bigint not null,
  at          timestamptz not null,
  policy      text not null,                              -- name and version
  outcome     text not null check (outcome in ('approved', 'refused', 'referred')),
  record      jsonb not null,                             -- everything that was looked at
  challenger  jsonb,                                      -- what another policy would have said
  override    jsonb,                                      -- a person decided otherwise, and why
  took_us     int not null,
  primary key (tenant, id)
);
create index credit_decision_at on credit_decision (tenant, at desc);

create table second_factor (
  tenant      int not null,
  id          uuid not null,
  application uuid not null,
  customer    bigint not null,
  signs       bytea not null,                             -- digest of what is signed
  code        bytea not null,                             -- keyed digest of the code
  tries       int not null default 0,
  made_at     timestamptz not null,
  until       timestamptz not null,
  used_at     timestamptz,
  primary key (tenant, id)
);
create index second_factor_customer on second_factor (tenant, customer, made_at desc);

-- The telephone of a customer of a sandbox: what would go out as a short message.
create table phone_message (
  tenant      int not null,
  id          uuid not null,
  customer    bigint not null,
  application uuid,
  kind        text not null,
  zh          text not null,
  en          text not null,
  at          timestamptz not null,
  primary key (tenant, id)
);
create index phone_message_customer on phone_message (tenant, customer, at desc);

create table handoff (
  tenant      int not null,
  id          uuid not null,
  application uuid not null,
  customer    bigint not null,
  made_at     timestamptz not null,
  until       timestamptz not null,
  used_at     timestamptz,
  primary key (tenant, id)
);

-- Signs the links of handoffs; all processes share it.
create table link_key (
  id         int primary key check (id = 1),
  material   bytea not null,
  created_at timestamptz not null default now()
);

create table talk (
  tenant      int not null,
  id          uuid not null,
  application uuid not null,
  side        text not null check (side in ('customer', 'staff')),
  author      text not null,
  said        text not null,
  at          timestamptz not null,
  primary key (tenant, id)
);
create index talk_application on talk (tenant, application, at);

create table staff_task (
  tenant      int not null,
  id          uuid not null,
  kind        text not null,                              -- refer, chat, call_back, follow_up
  scene       int not null,
  customer    bigint not null,
  application uuid,
  contract    text,
  need        int not null,                               -- the higher the sooner
  reason      text not null,
  state       text not null default 'open' check (state in ('open', 'taken', 'done', 'automatic')),
  staff       text,
  result      text,
  made_at     timestamptz not null,
  taken_at    timestamptz,
  replied_at  timestamptz,                                -- the first word to the customer
  done_at     timestamptz,
  primary key (tenant, id)
);
create index staff_task_open on staff_task (tenant, need desc, made_at) where state in ('open', 'taken');
create unique index staff_task_follow_up on staff_task (tenant, contract, reason)
  where kind = 'follow_up' and state in ('open', 'taken');

do $$
declare t text;
begin
  foreach t in array array['application', 'application_step', 'used_fact', 'credit_customer',
                           'credit_decision', 'second_factor', 'phone_message', 'handoff', 'talk',
                           'staff_task'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table staff_task, talk, link_key, handoff, phone_message, second_factor, credit_decision,
           credit_customer, used_fact, application_step, application;
