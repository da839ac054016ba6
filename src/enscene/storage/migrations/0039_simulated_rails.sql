-- up
-- Payments over the simulated rails of a sandbox.

create table rail_payment (
  tenant          int not null references tenant,
  id              uuid not null,
  app             bigint not null,                        -- whose money it is
  app_name        text not null,
  kind            text not null check (kind in ('pay_out', 'collect', 'refund')),
  of              uuid,                                   -- the collected payment that is refunded
  amount          bigint not null check (amount > 0),     -- minor units
  currency        text not null,
  counter_account text not null,                          -- a test account: says what becomes of it
  reference       text not null,
  accounts        bigint[] not null,                      -- of the ledger: own, clearing, outside
  state           text not null check (state in ('accepted', 'sent', 'timed_out', 'settled',
                                                 'rejected', 'returned')),
  reason          text,                                   -- ISO 20022
  refunded        bigint not null default 0 check (refunded >= 0),
  step            int not null default 0,                 -- which answer of the rail is next
  due             timestamptz,                            -- when, by the sandbox's clock; null: none
  made_at         timestamptz not null,
  changed_at      timestamptz not null,
  primary key (tenant, id),
  check ((kind = 'refund') = (of is not null)),
  check (refunded <= amount)
);
create index rail_payment_app on rail_payment (tenant, app, id desc);
create index rail_payment_due on rail_payment (tenant, due, id) where due is not null;

create table rail_step (
  seq     bigint not null,                                -- of the log, and of the transfers
  at      timestamptz not null,
  tenant  int not null,
  payment uuid not null,
  n       int not null,
  said    text not null,                                  -- what the rail answered
  state   text not null,                                  -- what the payment then was
  reason  text,
  moved   bigint not null,                                -- what came to the own account
  primary key (tenant, payment, n)
);
create index rail_step_seq on rail_step (tenant, seq);

create table rail_funds (
  seq      bigint not null,
  at       timestamptz not null,
  tenant   int not null,
  app      bigint not null,
  currency text not null,
  account  bigint not null,
  amount   bigint not null,                               -- what it began with
  primary key (tenant, app, currency)
);

do $$
declare t text;
begin
  foreach t in array array['rail_payment', 'rail_step', 'rail_funds'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
  -- Partners that have a sandbox already get the scope that new ones have.
  perform set_config('enscene.tenants',
                     (select '{' || coalesce(string_agg(id::text, ','), '') || '}' from tenant), true);
  update app set scopes = scopes || array['rails:payments']
   where tenant in (select id from tenant where sandbox) and name like 'partner-%-test'
     and not 'rails:payments' = any (scopes);
  perform set_config('enscene.tenants', '', true);
end $$;

-- down
do $$
begin
  perform set_config('enscene.tenants',
                     (select '{' || coalesce(string_agg(id::text, ','), '') || '}' from tenant), true);
  update app set scopes = array_remove(scopes, 'rails:payments')
   where 'rails:payments' = any (scopes);
  perform set_config('enscene.tenants', '', true);
end $$;
drop table rail_funds, rail_step, rail_payment;
