-- up
-- What screening has found. A rule finds the same thing once: `key` says what it is.
create table screening_hit (
  tenant     int not null references tenant,
  id         uuid not null,
  policy     text not null,                               -- the version of the rules
  rule       text not null,
  key        text not null,
  purpose    text not null check (purpose in ('fraud', 'laundering')),
  live       bool not null,                               -- in shadow it is counted and troubles nobody
  customer   bigint not null,
  at         timestamptz not null,                        -- of the last movement, by the tenant's clock
  facts      jsonb not null,
  refs       text[] not null,                             -- numbers of the units that moved the money
  outcome    text check (outcome in ('confirmed', 'false_alarm')),
  why        text,
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  unique (tenant, rule, key),
  check ((outcome is null) = (decided_by is null))
);
create index screening_hit_open on screening_hit (tenant, at desc) where live and outcome is null;
create index screening_hit_customer on screening_hit (tenant, customer, at desc);

alter table screening_hit enable row level security;
alter table screening_hit force row level security;
create policy tenants on screening_hit
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table screening_hit;
