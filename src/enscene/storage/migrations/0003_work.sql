-- up
-- What people have to resolve, what customers have opened, what was offered to them and why.

create table work_case (
  tenant      int not null,
  id          uuid not null,
  scene       int not null,
  reason      text not null,                              -- a text key of the pack
  party       bigint,                                     -- who is to resolve it; null: scene team
  thing_type  text,
  thing_key   text,
  state       text not null default 'open' check (state in ('open', 'resolved')),
  resolution  text,
  resolved_by text,
  resolved_at timestamptz,
  seq         bigint not null,                            -- the unit that opened it
  opened_at   timestamptz not null,
  primary key (tenant, id)
);
create index work_case_open on work_case (tenant, scene, opened_at) where state = 'open';

create table contract (
  tenant     int not null,
  id         uuid not null,
  scene      int not null,                                -- where it was opened
  product    text not null,
  customer   bigint not null,
  amount     bigint,
  currency   text not null,
  about      text not null default '',
  state      text not null default 'open',
  seq        bigint not null,
  opened_at  timestamptz not null,
  primary key (tenant, id)
);
create index contract_customer on contract (tenant, customer, opened_at);

-- A decision: the eight rights (customer, time, scene, staff, activity, price, channel, product),
-- what was eligible, how likely each was, and why the others were not taken.
create table decision (
  tenant   int not null,
  id       uuid not null,
  scene    int not null,
  moment   text not null,
  customer bigint not null,
  seq      bigint not null,                               -- the event it answers
  at       timestamptz not null,
  product  text,                                          -- null: nothing was offered
  rights   jsonb not null,
  state    text not null default 'offered',               -- offered, seen, taken, dismissed, none
  primary key (tenant, id),
  unique (tenant, scene, moment, seq)
);
create index decision_customer on decision (tenant, customer, scene, at desc);

-- The moment up to which a daily timer of parties has been fired.
create table party_timer (
  tenant int not null,
  scene  int not null,
  timer  text not null,
  fired  timestamptz not null,
  primary key (tenant, scene, timer)
);

do $$
declare t text;
begin
  foreach t in array array['work_case', 'contract', 'decision', 'party_timer'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table party_timer, decision, contract, work_case;
