-- up
-- Figures of scenes, computed from the lake: what boards read. `day` is the first of its grain, and
-- `value` in the unit of its indicator.
create table indicator_value (
  tenant    int not null references tenant,
  indicator text not null,
  scene     int not null,                                -- 0: of no scene
  grain     text not null check (grain in ('day', 'week', 'month')),
  day       date not null,
  key       text not null,
  currency  text not null,
  value     bigint not null,
  primary key (tenant, indicator, grain, day, scene, key, currency)
);
create index indicator_value_day on indicator_value (tenant, grain, day);

-- Which days are computed.
create table indicator_day (
  tenant  int not null references tenant,
  day     date not null,
  rows    int not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant, day)
);

do $$
declare t text;
begin
  foreach t in array array['indicator_value', 'indicator_day'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table indicator_day, indicator_value;
