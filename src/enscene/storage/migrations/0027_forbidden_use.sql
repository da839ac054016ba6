-- up
-- Uses of customers' data that the law does not allow: who tried, for what, and by which limit.
create sequence forbidden_use_id;
create table forbidden_use (
  tenant   int not null references tenant,
  id       bigint not null default nextval('forbidden_use_id'),
  app      bigint not null,
  scene    text not null,
  party    text not null,                                  -- '' where nobody was asked yet
  purpose  text not null,
  limit_id text not null,
  fields   text[] not null,                                -- thing.field
  at       timestamptz not null default clock_timestamp(), -- the real time
  primary key (tenant, id)
);
create index forbidden_use_app on forbidden_use (tenant, app, id desc);

alter table forbidden_use enable row level security;
alter table forbidden_use force row level security;
create policy tenants on forbidden_use
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table forbidden_use;
drop sequence forbidden_use_id;
