-- up
-- Which of the bank's people opened which customer, or was not let.
create table staff_look (
  tenant   int not null references tenant,
  id       uuid not null,
  staff    text not null,
  customer bigint not null,
  allowed  bool not null,
  at       timestamptz not null default clock_timestamp(), -- the real time: a tenant's clock may be moved
  primary key (tenant, id)
);
create index staff_look_customer on staff_look (tenant, customer, id desc);
create index staff_look_refused on staff_look (tenant, at) where not allowed;

alter table staff_look enable row level security;
alter table staff_look force row level security;
create policy tenants on staff_look
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table staff_look;
