-- up
-- Who answers for what in a scene: the standard that was chosen, and what stands in the cells of its
-- six parties where that differs from the standard.
create table scene_division (
  tenant    int not null,
  scene     int not null,
  mode      text not null,
  chosen_by text not null,
  chosen_at timestamptz not null,
  primary key (tenant, scene),
  foreign key (tenant, scene) references scene
);
create table scene_party_cell (
  tenant  int not null,
  scene   int not null,
  party   text not null,
  cell    text not null check (cell in ('who', 'duties', 'rights', 'benefits')),
  says    text not null,
  said_by text not null,
  said_at timestamptz not null,
  primary key (tenant, scene, party, cell),
  foreign key (tenant, scene) references scene_division
);
-- A team of several units, with one figure that all its members share.
create table task_team (
  tenant    int not null,
  id        uuid not null,
  ref       text not null,
  kind      text not null check (kind in ('task', 'iron_triangle')),
  name      text not null,
  goal      text not null,
  unit      text not null,
  scene     int not null,
  indicator text not null,
  month     date not null,
  least     bigint not null check (least > 0),
  currency  text not null,
  opened_by text not null,
  opened_at timestamptz not null,
  closed_by text,
  closed_at timestamptz,
  outcome   text,
  primary key (tenant, id),
  unique (tenant, ref),
  foreign key (tenant, scene) references scene,
  check ((closed_at is null) = (closed_by is null))
);
create table task_team_member (
  tenant int not null,
  team   uuid not null,
  number int not null,
  name   text not null,
  unit   text not null,
  role   text not null,
  primary key (tenant, team, number),
  unique (tenant, team, name),
  foreign key (tenant, team) references task_team
);
create table task_team_note (
  tenant   int not null,
  id       uuid not null,
  team     uuid not null,
  kind     text not null check (kind in ('decision', 'file')),
  says     text not null,
  link     text,
  noted_by text not null,
  noted_at timestamptz not null,
  primary key (tenant, id),
  foreign key (tenant, team) references task_team,
  check ((kind = 'file') = (link is not null))
);
-- A task of departments, and through whose hands it went: what lies between `at` and `taken_at` is
-- the time that it waited there.
create table unit_task (
  tenant   int not null,
  id       uuid not null,
  scene    int,
  team     uuid,
  what     text not null,
  due_on   date not null,
  state    text not null default 'open' check (state in ('open', 'done', 'dropped')),
  result   text,
  made_by  text not null,
  made_at  timestamptz not null,
  ended_by text,
  ended_at timestamptz,
  primary key (tenant, id),
  foreign key (tenant, scene) references scene,
  foreign key (tenant, team) references task_team,
  check (num_nonnulls(scene, team) = 1),
  check ((state = 'open') = (ended_at is null))
);
create index unit_task_scene on unit_task (tenant, scene);
create index unit_task_team on unit_task (tenant, team);
create table unit_task_hand (
  tenant     int not null,
  task       uuid not null,
  number     int not null,
  department text not null,
  owner      text not null,
  handed_by  text not null,
  at         timestamptz not null,
  taken_at   timestamptz,
  primary key (tenant, task, number),
  foreign key (tenant, task) references unit_task
);

do $$
declare name text;
begin
  foreach name in array array['scene_division', 'scene_party_cell', 'task_team', 'task_team_member',
                              'task_team_note', 'unit_task', 'unit_task_hand'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, name);
  end loop;
end $$;

-- down
drop table unit_task_hand;
drop table unit_task;
drop table task_team_note;
drop table task_team_member;
drop table task_team;
drop table scene_party_cell;
drop table scene_division;
