-- up
-- What is planned as a scene, and how far it is. Its plan (money, departments, owners and targets by
-- step) is fixed when a second person approves it; from then on gates alone release money.
create table project (
  tenant      int not null references tenant,
  id          uuid not null,
  ref         text not null,
  name        text not null,
  owner       text not null,
  currency    text not null,
  scene       int,
  state       text not null default 'planned' check (state in ('planned', 'under_way', 'done')),
  planned_by  text not null,
  planned_at  timestamptz not null,
  approved_by text,
  approved_at timestamptz,
  primary key (tenant, id),
  unique (tenant, ref),
  unique (tenant, scene),
  check (approved_by is distinct from planned_by)
);
create table project_step (
  tenant     int not null,
  project    uuid not null,
  step       text not null,
  owner      text not null,
  department text not null,
  minor      bigint not null check (minor >= 0),
  began_on   date,
  passed_on  date,
  primary key (tenant, project, step),
  foreign key (tenant, project) references project
);
create table project_target (
  tenant    int not null,
  project   uuid not null,
  step      text not null,
  indicator text not null,
  month     date not null,
  least     bigint not null check (least > 0),
  primary key (tenant, project, step, indicator, month),
  foreign key (tenant, project) references project
);
create table project_risk (
  tenant     int not null,
  id         uuid not null,
  project    uuid not null,
  level      text not null check (level in ('low', 'middle', 'high')),
  what       text not null,
  owner      text not null,
  entered_by text not null,
  entered_at timestamptz not null,
  closed_by  text,
  closed_at  timestamptz,
  answer     text,
  primary key (tenant, id),
  foreign key (tenant, project) references project,
  check (closed_by is distinct from entered_by)
);
-- Each time that somebody asks to pass a gate. `reason` is why it should open though it is shut;
-- `shut_by` is what shut it when it was passed by exception.
create table project_gate (
  tenant     int not null,
  id         uuid not null,
  project    uuid not null,
  step       text not null,
  state      text not null default 'asked' check (state in ('asked', 'passed', 'refused')),
  reason     text not null,
  shut_by    text[] not null default '{}',
  asked_by   text not null,
  asked_at   timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  foreign key (tenant, project) references project,
  check (decided_by is distinct from asked_by),
  check (shut_by = '{}' or reason <> '')
);
create unique index project_gate_asked on project_gate (tenant, project) where state = 'asked';
create unique index project_gate_passed on project_gate (tenant, project, step) where state = 'passed';

-- Money that a gate has released is an outlay like others, once for each step. Before the project has
-- a scene it is of none, 0.
alter table scene_outlay add column project uuid, add column step text;
create unique index scene_outlay_step on scene_outlay (tenant, project, step) where project is not null;

do $$
declare name text;
begin
  foreach name in array array['project', 'project_step', 'project_target', 'project_risk', 'project_gate'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, name);
  end loop;
end $$;

-- down
alter table scene_outlay drop column project, drop column step;
drop table project_gate;
drop table project_risk;
drop table project_target;
drop table project_step;
drop table project;
