-- up
-- What a service asked of its customers before it was in the scene, and what was measured by hand
-- since: entered by one person, counted when another has approved it, withdrawn by two as well.
create table baseline (
  tenant      int not null references tenant,
  id          uuid not null,
  scene       int not null,
  service     text not null,                               -- a kind of thing; empty: the whole scene
  side        text not null check (side in ('before', 'after')),
  day         date not null,                               -- it holds from this day on
  cases       bigint not null check (cases > 0),
  minutes     bigint check (minutes >= 0),                 -- millionths
  steps       bigint check (steps >= 0),                   -- millionths
  cost        bigint check (cost >= 0),                    -- minor units of the currency
  errors      bigint check (errors >= 0),                  -- millionths, of a thousand cases
  currency    text not null,
  source      text not null,
  note        text not null,
  state       text not null default 'asked'
              check (state in ('asked', 'approved', 'refused', 'withdrawn')),
  asked_by    text not null,
  asked_at    timestamptz not null default clock_timestamp(),
  decided_by  text,
  decided_at  timestamptz,
  leaving_by  text,                                        -- who asks for its withdrawal
  leaving_why text,
  left_by     text,                                        -- who has agreed to it
  left_at     timestamptz,
  primary key (tenant, id),
  check (decided_by is distinct from asked_by),
  check (left_by is null or left_by is distinct from leaving_by or decided_by is null),
  check (num_nonnulls(minutes, steps, cost, errors) > 0)
);
create index baseline_scene on baseline (tenant, scene, day);
create index baseline_waiting on baseline (tenant, asked_at)
  where state = 'asked' or (state = 'approved' and leaving_by is not null);

alter table baseline enable row level security;
alter table baseline force row level security;
create policy tenants on baseline
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table baseline;
