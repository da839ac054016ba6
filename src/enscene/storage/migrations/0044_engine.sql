-- up
-- What the engine of moments remembers of each customer, written with the decisions and the place in
-- the log in one transaction. Customer 0 is what is of no customer: models, budgets, the clock.

create table engine_state (
  tenant   int not null references tenant,
  customer bigint not null,
  turn     bigint not null default 0,                     -- of customer 0: pages that were written
  due      timestamptz,                                   -- the next deadline
  state    bytea not null,
  primary key (tenant, customer)
);
create index engine_state_due on engine_state (tenant, due) where due is not null;

alter table engine_state enable row level security;
alter table engine_state force row level security;
create policy tenants on engine_state
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- Where nothing came there is no event: a decision is known by its id, which says what it answers.
alter table decision drop constraint decision_tenant_scene_moment_seq_key;

-- down
delete from decision where moment like '%/%';
alter table decision add constraint decision_tenant_scene_moment_seq_key unique (tenant, scene, moment, seq);
drop table engine_state;
