-- up
-- What a scene was given and what it costs to run, beside what the ledger says of it: entered by one
-- person, counted when another has approved it, never changed.
create table scene_outlay (
  tenant     int not null references tenant,
  id         uuid not null,
  scene      int not null,
  kind       text not null check (kind in ('investment', 'running')),
  day        date not null,
  minor      bigint not null check (minor > 0),
  currency   text not null,
  note       text not null,
  state      text not null default 'asked' check (state in ('asked', 'approved', 'refused')),
  asked_by   text not null,
  asked_at   timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  check (decided_by is distinct from asked_by)
);
create index scene_outlay_scene on scene_outlay (tenant, scene, day);

alter table scene_outlay enable row level security;
alter table scene_outlay force row level security;
create policy tenants on scene_outlay
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table scene_outlay;
