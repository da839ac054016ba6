-- up
-- Money for the pool of benefits: asked for by one, decided by another, and moved in the unit that
-- approves it. Below nothing it is taken out.
create table pool_order (
  tenant      int not null references tenant,
  id          uuid not null,
  key         text not null,                              -- of who proposed; the same one once
  currency    text not null,
  amount      bigint not null check (amount <> 0),        -- minor units
  reason      text not null,
  proposed_by text not null,
  proposed_at timestamptz not null,
  state       text not null default 'proposed'
              check (state in ('proposed', 'approved', 'rejected', 'withdrawn')),
  decided_by  text,
  decided_at  timestamptz,
  seq         bigint,                                     -- the unit of the ledger
  primary key (tenant, id),
  unique (tenant, proposed_by, key),
  check ((state = 'proposed') = (decided_by is null)),
  check ((state = 'proposed') = (decided_at is null)),
  check ((state = 'approved') = (seq is not null)),
  check (state not in ('approved', 'rejected') or decided_by <> proposed_by)
);
create index pool_order_listed on pool_order (tenant, proposed_at desc);

alter table pool_order enable row level security;
alter table pool_order force row level security;
create policy tenants on pool_order
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table pool_order;
