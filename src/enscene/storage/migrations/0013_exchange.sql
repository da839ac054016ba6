-- up
-- What the bank sells other currencies at, and what it has quoted to customers.
create table exchange_rate (
  tenant int not null references tenant,
  sell   text not null,                                   -- what the customer gives
  buy    text not null,                                   -- what the customer gets
  rate   text not null,                                   -- how much of `sell` one of `buy` costs
  at     timestamptz not null,
  set_by text not null,
  primary key (tenant, sell, buy, at)
);

create table exchange_quote (
  tenant   int not null,
  id       uuid not null,
  customer bigint not null,
  sell     text not null,
  amount   bigint not null check (amount > 0),
  buy      text not null,
  bought   bigint not null check (bought > 0),
  rate     text not null,                                 -- the bank's margin included
  until    timestamptz not null,
  primary key (tenant, id)
);

do $$
declare t text;
begin
  foreach t in array array['exchange_rate', 'exchange_quote'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table exchange_quote, exchange_rate;
