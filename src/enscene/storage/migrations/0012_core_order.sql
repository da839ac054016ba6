-- up
-- Which core system keeps the customers' accounts of a product. Without a row it is the sandbox
-- core bank: this ledger.
create table core_binding (
  tenant   int not null references tenant,
  product  text not null,
  adapter  text not null check (adapter in ('sandbox', 'iso20022')),
  settings jsonb not null default '{}',
  sent_seq bigint not null default 0,                    -- payments up to here were sent
  primary key (tenant, product)
);

-- What a core system was asked to pay out or to collect, and what it said.
create table core_order (
  tenant      int not null,
  id          text not null,                             -- the end-to-end id
  way         text not null check (way in ('out', 'in')),
  product     text not null,
  customer    bigint not null,
  contract    uuid,
  amount      bigint not null check (amount > 0),
  currency    text not null,
  message     text not null,                             -- id of the file that it went with
  state       text not null default 'sent' check (state in ('sent', 'settled', 'rejected')),
  reason      text,
  sent_at     timestamptz not null default now(),
  answered_at timestamptz,
  primary key (tenant, id)
);
create index core_order_open on core_order (tenant, contract) where state = 'sent';

do $$
declare t text;
begin
  foreach t in array array['core_binding', 'core_order'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table core_order, core_binding;
