-- up
-- What was decided on its way to the customer, through one channel after the other.

create table delivery (
  tenant   int not null references tenant,
  id       uuid not null,                                 -- the decision's
  customer bigint not null,                               -- a party
  scene    int not null,
  channel  text not null,
  rest     text[] not null,                               -- channels to try after this one
  news     boolean not null,                              -- must be said
  state    text not null check (state in ('waiting', 'sent', 'stopped', 'failed')),
  why      text not null default '',                      -- of what was stopped, failed, or waits
  tries    int not null default 0,
  made_at  timestamptz not null,
  due      timestamptz not null,
  sent_at  timestamptz,
  primary key (tenant, id),
  check ((state = 'sent') = (sent_at is not null))
);
create index delivery_due on delivery (tenant, due) where state = 'waiting';
create index delivery_customer on delivery (tenant, customer, sent_at) where state = 'sent';

-- Firms and persons at the end of a push, a message, an app or a public account, as a sandbox has
-- them; how the way to one of them fails is set here.
create table channel_fault (
  tenant  int not null references tenant,
  channel text not null,
  fault   text not null check (fault in ('down', 'refuses', 'loses_first')),
  primary key (tenant, channel)
);

do $$
declare t text;
begin
  foreach t in array array['delivery', 'channel_fault'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table channel_fault, delivery;
