-- up
-- What was contracted with partners, what came of it, and incidents that both sides work on.

create table partner_clause (
  tenant     int not null references tenant,
  id         uuid not null,
  partner    uuid not null,
  kind       text not null check (kind in ('return', 'check')),
  title      text not null,
  purpose    text not null,                               -- what it is returned or checked for
  fields     text[] not null default '{}',                -- the agreed ones; no other is kept
  every_days int not null,                                -- 0: once
  first_due  date not null,                               -- in the zone of the bank
  expected   int not null,                                -- records of a period, at least
  complete   int not null,                                -- percent of each field that must be there
  side       text not null check (side in ('bank', 'partner')), -- who owes it
  severity   text not null check (severity in ('low', 'middle', 'high')),
  made_at    timestamptz not null default clock_timestamp(),
  made_by    text not null,
  ended_on   date,
  ended_by   text,
  primary key (tenant, id)
);
create index partner_clause_partner on partner_clause (tenant, partner);

-- What arrived for one due day of a clause; `filled` counts the values of each field.
create table partner_period (
  tenant   int not null,
  clause   uuid not null,
  due      date not null,
  arrived  int not null default 0,
  filled   jsonb not null default '{}',
  last_at  timestamptz,
  met_at   timestamptz,
  met_by   text,
  evidence text,                                          -- a person's; without one it was figures
  primary key (tenant, clause, due)
);

create table partner_return (
  tenant int not null,
  clause uuid not null,
  due    date not null,
  key    text not null,                                   -- chosen by the partner
  fields jsonb not null,
  at     timestamptz not null default clock_timestamp(),
  primary key (tenant, clause, due, key)
);

create table partner_incident (
  tenant      int not null references tenant,
  id          uuid not null,
  partner     uuid not null,
  clause      uuid,                                       -- that was missed
  key         text,                                       -- idempotency key of a partner's own
  title       text not null,
  severity    text not null check (severity in ('low', 'middle', 'high')),
  responsible text not null check (responsible in ('bank', 'partner')),
  since       timestamptz not null,                       -- it is with that side
  opened_at   timestamptz not null,
  closed_at   timestamptz,
  primary key (tenant, id),
  unique (tenant, partner, key)
);
create index partner_incident_partner on partner_incident (tenant, partner, opened_at desc);
create unique index partner_incident_clause on partner_incident (tenant, clause)
  where clause is not null and closed_at is null;

-- Whatever was done: with which side the incident is from then on, and in whose words.
create table partner_incident_step (
  tenant      int not null,
  incident    uuid not null,
  n           int not null,
  at          timestamptz not null,
  act         text not null check (act in ('opened', 'noted', 'handed_over', 'closed')),
  side        text not null check (side in ('bank', 'partner', 'watch')),
  who         text not null,
  responsible text not null check (responsible in ('bank', 'partner')),
  key         text,
  text        text not null,
  primary key (tenant, incident, n),
  unique (tenant, incident, key)
);

do $$
declare t text;
begin
  foreach t in array array['partner_clause', 'partner_period', 'partner_return',
                           'partner_incident', 'partner_incident_step'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table partner_incident_step, partner_incident, partner_return, partner_period, partner_clause;
