-- up
-- What customers and the front line say, what was found outside, and what experts are asked.
-- `terms` is the number of the scene's terms when it was said: what changed it has a greater one.
create table voice (
  tenant      int not null references tenant,
  id          uuid not null,
  kind        text not null check (kind in ('idea', 'complaint', 'praise', 'question', 'hot_spot')),
  source      text not null check (source in ('staff', 'customer', 'outside')),
  scene       int,
  project     uuid,
  product     text,
  says        text not null,
  found_at    text,
  party       int,
  said_by     text not null,
  said_at     timestamptz not null,
  terms       int,
  due_on      date not null,
  state       text not null default 'new'
              check (state in ('new', 'taken', 'proposed', 'answered', 'changed', 'acted', 'dropped')),
  department  text not null,
  owner       text not null,
  taken_by    text,
  answered_on date,
  release     text,
  released_on date,
  primary key (tenant, id),
  foreign key (tenant, scene) references scene,
  foreign key (tenant, project) references project,
  check ((source = 'outside') = (found_at is not null)),
  check (source <> 'customer' or party is not null),
  check ((state in ('answered', 'changed', 'acted', 'dropped')) = (answered_on is not null)),
  check ((state = 'changed') = (release is not null)),
  check ((release is null) = (released_on is null))
);
create index voice_due on voice (tenant, due_on) where answered_on is null;
create index voice_party on voice (tenant, party) where party is not null;
create table voice_step (
  tenant     int not null,
  voice      uuid not null,
  number     int not null,
  what       text not null,
  says       text not null,
  department text,
  owner      text,
  done_by    text not null,
  done_at    timestamptz not null,
  primary key (tenant, voice, number),
  foreign key (tenant, voice) references voice
);
-- What people of the bank or customers are taught for a scene, and who came.
create table training (
  tenant     int not null references tenant,
  id         uuid not null,
  scene      int not null,
  title      text not null,
  held_on    date not null,
  audience   text not null check (audience in ('staff', 'customers')),
  places     int not null check (places > 0),
  skill      text,
  planned_by text not null,
  planned_at timestamptz not null,
  primary key (tenant, id),
  foreign key (tenant, scene) references scene,
  check (skill is null or audience = 'staff')
);
create table training_person (
  tenant      int not null,
  training    uuid not null,
  name        text not null,
  party       int,
  entered_by  text not null,
  entered_at  timestamptz not null,
  attended    boolean,
  passed      boolean,
  score       int check (score between 0 and 100),
  recorded_by text,
  recorded_at timestamptz,
  primary key (tenant, training, name),
  foreign key (tenant, training) references training,
  check ((attended is null) = (recorded_at is null)),
  check (attended or (passed is null and score is null))
);
-- Who knows a vertical.
create table expert (
  tenant   int not null references tenant,
  id       uuid not null,
  name     text not null,
  login    text,
  vertical text not null,
  knows    text not null,
  added_by text not null,
  added_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant, id)
);

do $$
declare name text;
begin
  foreach name in array array['voice', 'voice_step', 'training', 'training_person', 'expert'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, name);
  end loop;
end $$;

-- down
drop table expert;
drop table training_person;
drop table training;
drop table voice_step;
drop table voice;
