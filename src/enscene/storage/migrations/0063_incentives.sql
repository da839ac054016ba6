-- up
-- Who gets what for which figure, agreed before its months begin: entered by one, approved by another,
-- never changed.
create table incentive_rule (
  tenant      int not null references tenant,
  id          uuid not null,
  ref         text not null,
  name        text not null,
  says        text not null,
  currency    text not null,
  ceiling     bigint not null check (ceiling > 0),
  first_month date not null,
  last_month  date not null,
  state       text not null default 'asked' check (state in ('asked', 'approved', 'refused')),
  asked_by    text not null,
  asked_at    timestamptz not null,
  decided_by  text,
  decided_at  timestamptz,
  primary key (tenant, id),
  check (last_month >= first_month),
  check (decided_by is distinct from asked_by),
  check ((state = 'asked') = (decided_by is null))
);
create unique index incentive_rule_ref on incentive_rule (tenant, ref) where state <> 'refused';
-- `per` null: the amount is paid when the figure reaches `least`; else for each `per` above it.
create table incentive_measure (
  tenant       int not null,
  rule         uuid not null,
  number       int not null,
  figure       text not null,
  scenes       int[] not null,
  months_after int not null check (months_after >= 0),
  least        bigint not null check (least >= 0),
  per          bigint check (per > 0),
  amount       bigint not null check (amount > 0),
  primary key (tenant, rule, number),
  foreign key (tenant, rule) references incentive_rule
);
create table incentive_share (
  tenant int not null,
  rule   uuid not null,
  kind   text not null check (kind in ('branch', 'department', 'team', 'copies')),
  name   text not null,
  points int not null check (points between 1 and 10000),
  primary key (tenant, rule, kind, name),
  foreign key (tenant, rule) references incentive_rule
);
-- A finished month. Its sums and lines are written once; a figure that was corrected since is taken
-- back (sign -1) and reckoned anew by a later run.
create table incentive_run (
  tenant     int not null references tenant,
  id         uuid not null,
  month      date not null,
  state      text not null default 'made' check (state in ('made', 'released', 'refused')),
  made_by    text not null,
  made_at    timestamptz not null,
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  check (decided_by is distinct from made_by),
  check ((state = 'made') = (decided_by is null))
);
create unique index incentive_run_month on incentive_run (tenant, month) where state <> 'refused';
create table incentive_sum (
  tenant  int not null,
  run     uuid not null,
  number  int not null,
  rule    uuid not null,
  measure int not null,
  month   date not null,
  sign    smallint not null check (sign in (-1, 1)),
  value   bigint not null,
  minor   bigint not null,
  primary key (tenant, run, number),
  foreign key (tenant, run) references incentive_run,
  foreign key (tenant, rule, measure) references incentive_measure,
  check (minor * sign >= 0)
);
create index incentive_sum_rule on incentive_sum (tenant, rule, month);
create table incentive_line (
  tenant int not null,
  run    uuid not null,
  number int not null,
  kind   text not null check (kind in ('branch', 'department', 'team', 'unassigned')),
  name   text not null,
  minor  bigint not null,
  primary key (tenant, run, number, kind, name),
  foreign key (tenant, run, number) references incentive_sum
);
create index incentive_line_unit on incentive_line (kind, name);
-- Through whose hands a task for a customer went: first to whom it was given, then each time that
-- another took it or got it.
create table staff_task_hand (
  tenant int not null,
  task   uuid not null,
  number int not null,
  giver  text,
  taker  text not null,
  at     timestamptz not null,
  primary key (tenant, task, number),
  foreign key (tenant, task) references staff_task
);
-- Why nobody was asked: the need is small, or small and the line long; and how long it was then.
alter table staff_task add column routed text not null default '' check (routed in ('', 'low_need', 'long_wait')),
                       add column wait_s bigint;
-- From how many hours of waiting on small needs are served without a person; 0: always.
create table work_capacity (
  tenant  int primary key references tenant,
  wait_h  int not null check (wait_h between 0 and 720),
  set_by  text not null,
  set_at  timestamptz not null
);

do $$
declare name text;
begin
  foreach name in array array['incentive_rule', 'incentive_measure', 'incentive_share', 'incentive_run',
                              'incentive_sum', 'incentive_line', 'staff_task_hand', 'work_capacity'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, name);
  end loop;
end $$;

-- down
drop table work_capacity;
alter table staff_task drop column wait_s, drop column routed;
drop table staff_task_hand;
drop table incentive_line;
drop table incentive_sum;
drop table incentive_run;
drop table incentive_share;
drop table incentive_measure;
drop table incentive_rule;
