-- up
-- What leaves the bank as a file: who asked and why, who else agreed, how often it was fetched.
create table export (
  tenant     int not null references tenant,
  id         uuid not null,
  kind       text not null,                                -- what is in it: events
  about      text not null,                                -- whose: a scene's name
  first_day  date not null,
  last_day   date not null,
  why        text not null,
  asked_by   text not null,
  asked_at   timestamptz not null default clock_timestamp(), -- the real time: a tenant's clock may be moved
  state      text not null default 'asked' check (state in ('asked', 'granted', 'refused')),
  decided_by text check (decided_by <> asked_by),
  decided_at timestamptz,
  fetched    int not null default 0,
  primary key (tenant, id),
  check (first_day <= last_day),
  check ((state = 'asked') = (decided_by is null))
);
create index export_open on export (tenant, asked_at) where state = 'asked';

alter table export enable row level security;
alter table export force row level security;
create policy tenants on export
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table export;
