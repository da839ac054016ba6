-- up
-- The bank's register of scenes: one entry for each scene that has gone live, and one for each candidate.
-- What an entry says stands in its versions, which are only ever added to.
create table scene_entry (
  tenant     int not null references tenant,
  id         uuid not null,
  ref        text not null,
  scene      int,
  version    int not null default 1,
  dropped_at timestamptz,
  made_by    text not null,
  made_at    timestamptz not null,
  primary key (tenant, id),
  unique (tenant, ref),
  unique (tenant, scene)
);
create table scene_entry_version (
  tenant     int not null,
  entry      uuid not null,
  version    int not null,
  what       text not null,
  note       text not null default '',
  content    jsonb not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (tenant, entry, version),
  foreign key (tenant, entry) references scene_entry
);
-- Each scoring of an entry, with what it rests on; the last one counts.
create table candidate_score (
  tenant    int not null,
  entry     uuid not null,
  number    int not null,
  points    jsonb not null,
  scored_by text not null,
  scored_at timestamptz not null,
  primary key (tenant, entry, number),
  foreign key (tenant, entry) references scene_entry
);
-- What an entry was compared with before money is spent, and what was found.
create table candidate_comparison (
  tenant      int not null,
  entry       uuid not null,
  version     int not null,
  found       jsonb not null,
  compared_by text not null,
  compared_at timestamptz not null,
  primary key (tenant, entry, version),
  foreign key (tenant, entry) references scene_entry
);
-- The bank's own weights, screening rules, review cycles and principles; the last approved hold.
create table planning_rules (
  tenant     int not null references tenant,
  version    int not null,
  rules      jsonb not null,
  reason     text not null,
  state      text not null default 'asked' check (state in ('asked', 'approved', 'refused')),
  asked_by   text not null,
  asked_at   timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, version),
  check (decided_by is distinct from asked_by),
  check ((state = 'asked') = (decided_by is null))
);
create unique index planning_rules_asked on planning_rules (tenant) where state = 'asked';
-- Needs that nobody meets, from which candidates come.
create table unmet_need (
  tenant       int not null references tenant,
  id           uuid not null,
  who          text not null,
  need         text not null,
  served_today text not null,
  source       text not null,
  sector       text not null default '',
  entry        uuid,
  entered_by   text not null,
  entered_at   timestamptz not null,
  primary key (tenant, id),
  foreign key (tenant, entry) references scene_entry
);
-- A project may begin from an entry, under the rules that it was screened by.
alter table project add column entry uuid, add column screened jsonb,
  add constraint project_entry unique (tenant, entry),
  add constraint project_of_entry foreign key (tenant, entry) references scene_entry;

do $$
declare name text;
begin
  foreach name in array array['scene_entry', 'scene_entry_version', 'candidate_score', 'candidate_comparison',
                              'planning_rules', 'unmet_need'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, name);
  end loop;
end $$;

-- down
alter table project drop column entry, drop column screened;
drop table unmet_need;
drop table planning_rules;
drop table candidate_comparison;
drop table candidate_score;
drop table scene_entry_version;
drop table scene_entry;
