-- up
-- What each night's comparison of readings, sums, invoices and ledger came to.
create table billing_proof (
  tenant   int not null references tenant,
  day      date not null,                                  -- the tenant's; the proof is made after it
  readings bigint not null,
  invoices int not null,
  lines    int not null,
  faults   text[] not null,
  at       timestamptz not null default clock_timestamp(), -- the real time
  primary key (tenant, day)
);

alter table billing_proof enable row level security;
alter table billing_proof force row level security;
create policy tenants on billing_proof
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table billing_proof;
