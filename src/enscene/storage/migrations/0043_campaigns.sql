-- up
-- Campaigns over all scenes of a tenant, and how often and when a customer may be spoken to at all.
-- A version that is changed is a new one; the last that was approved holds.

create table campaign (
  tenant     int not null references tenant,
  ref        text not null,                               -- '' for the rules of contact
  version    int not null,
  body       jsonb not null,
  state      text not null default 'proposed'
             check (state in ('proposed', 'approved', 'rejected', 'stopped')),
  made_by    text not null,
  made_at    timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  stopped_by text,
  stopped_at timestamptz,
  primary key (tenant, ref, version),
  check ((state = 'proposed') = (decided_by is null)),
  check (state not in ('approved', 'stopped') or decided_by <> made_by),
  check ((state = 'stopped') = (stopped_by is not null))
);
create unique index campaign_waiting on campaign (tenant, ref) where state = 'proposed';

alter table campaign enable row level security;
alter table campaign force row level security;
create policy tenants on campaign
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table campaign;
