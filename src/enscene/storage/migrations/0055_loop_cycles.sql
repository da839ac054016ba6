-- up
-- The cycles of each campaign: from when to when, whose, what came of each step, and whether what was
-- learnt meanwhile may serve from then on.

create table loop_cycle (
  tenant         int not null references tenant,
  campaign       text not null,
  number         int not null check (number > 0),
  id             uuid not null,
  began          timestamptz not null,
  ends           timestamptz not null check (ends >= began),
  owner          text not null,
  steps          jsonb not null default '[]',
  difference     jsonb,
  comparison     jsonb,
  verdict        text check (verdict in ('taken', 'kept')),
  version_before int not null,
  version_after  int,
  closed_at      timestamptz,
  primary key (tenant, campaign, number),
  check ((verdict is null) = (closed_at is null))
);
create unique index loop_cycle_open on loop_cycle (tenant, campaign) where closed_at is null;
alter table loop_cycle enable row level security;
alter table loop_cycle force row level security;
create policy tenants on loop_cycle
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table loop_cycle;
