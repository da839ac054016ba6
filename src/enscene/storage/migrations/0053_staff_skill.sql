-- up
-- What people at the console may advise on: kinds of products of the shelf, by login name.

create table staff_skill (
  tenant int not null references tenant,
  login  text not null,
  kind   text not null,
  set_by text not null,
  set_at timestamptz not null default clock_timestamp(),
  primary key (tenant, login, kind)
);
alter table staff_skill enable row level security;
alter table staff_skill force row level security;
create policy tenants on staff_skill
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table staff_skill;
