-- up
-- What a good pilot is, set before it is known: fixed when a second person has approved it.
create table pilot_criterion (
  tenant      int not null references tenant,
  scene       int not null,
  currency    text not null,
  set_by      text not null,
  set_at      timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  primary key (tenant, scene),
  check (approved_by is distinct from set_by)
);
create table pilot_target (
  tenant    int not null,
  scene     int not null,
  indicator text not null,
  month     date not null,
  least     bigint not null check (least > 0),
  primary key (tenant, scene, indicator, month),
  foreign key (tenant, scene) references pilot_criterion on delete cascade
);
-- A scene that its team lets others copy: the wish without what belongs to its place, and what its
-- branch gets of each copy. `reason` is why though the criterion is not met.
create table copy_offer (
  tenant     int not null references tenant,
  id         uuid not null,
  scene      int not null,
  scene_ref  text not null,
  name       text not null,
  pack       text not null,
  terms      int not null,
  currency   text not null,
  wish       jsonb not null,
  left_open  text[] not null,
  says       text not null,
  basis      text not null,
  months     int not null check (months between 1 and 60),
  points     int not null check (points between 1 and 10000),
  reason     text not null,
  exception  boolean not null default false,
  state      text not null default 'asked' check (state in ('asked', 'offered', 'refused', 'ended')),
  asked_by   text not null,
  asked_at   timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  check (decided_by is distinct from asked_by),
  check (not exception or reason <> '')
);
create unique index copy_offer_one on copy_offer (tenant, scene) where state in ('asked', 'offered');
-- A scene that was launched from an offer, in the tenant of the copy. What is credited was agreed with
-- the launch, by whoever began it and whoever approved it.
create table scene_copy (
  tenant        int not null references tenant,
  id            uuid not null,
  launch        uuid not null,
  offer         uuid not null,
  origin_tenant int not null,
  origin_scene  int not null,
  origin_name   text not null,
  original      jsonb not null,
  left_open     text[] not null,
  pack          text not null,
  currency      text not null,
  basis         text not null,
  months        int not null check (months between 1 and 60),
  points        int not null check (points between 1 and 10000),
  scene         int,
  begun_by      text not null,
  begun_at      timestamptz not null,
  approved_by   text,
  approved_at   timestamptz,
  primary key (tenant, id),
  unique (tenant, launch),
  unique (tenant, scene),
  check (approved_by is distinct from begun_by),
  check ((scene is null) = (approved_by is null))
);
create table copy_helper (
  tenant int not null,
  copy   uuid not null,
  helper int not null,
  points int not null check (points between 1 and 9999),
  primary key (tenant, copy, helper),
  foreign key (tenant, copy) references scene_copy
);
-- What a month of a copy came to, written once, and what of it is credited to whom.
create table copy_month (
  tenant   int not null,
  copy     uuid not null,
  month    date not null,
  currency text not null,
  value    bigint not null,
  kept_at  timestamptz not null default clock_timestamp(),
  primary key (tenant, copy, month, currency),
  foreign key (tenant, copy) references scene_copy
);
create table copy_credit (
  tenant   int not null,
  copy     uuid not null,
  month    date not null,
  currency text not null,
  credited int not null,
  points   int not null,
  minor    bigint not null check (minor >= 0),
  primary key (tenant, copy, month, currency, credited),
  foreign key (tenant, copy, month, currency) references copy_month
);

do $$
declare name text;
begin
  foreach name in array array['pilot_criterion', 'pilot_target', 'copy_offer', 'scene_copy', 'copy_helper',
                              'copy_month', 'copy_credit'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, name);
  end loop;
end $$;

-- down
drop table copy_credit;
drop table copy_month;
drop table copy_helper;
drop table scene_copy;
drop table copy_offer;
drop table pilot_target;
drop table pilot_criterion;
