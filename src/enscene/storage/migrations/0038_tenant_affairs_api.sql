-- up
-- What an operator asks for a tenant, until another one has decided: a new tenant, another plan, its
-- end, or help for people who cannot help themselves.

create table tenant_ask (
  tenant     int not null references tenant,              -- whom it is about; of a new one its parent,
                                                          -- of a new bank the operator's own
  id         uuid not null,
  act        text not null check (act in ('open', 'plan', 'close', 'admit', 'password', 'admin')),
  about      text not null default '',                    -- the ref of a new tenant, or a login
  wanted     jsonb not null default '{}',
  state      text not null default 'asked' check (state in ('asked', 'done', 'refused')),
  asked_by   text not null,
  asked_at   timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  check ((state = 'asked') = (decided_by is null)),
  check ((decided_by is null) = (decided_at is null)),
  check (state <> 'done' or decided_by <> asked_by)
);
create unique index tenant_ask_waiting on tenant_ask (tenant, act, about) where state = 'asked';
alter table tenant_ask enable row level security;
alter table tenant_ask force row level security;
create policy tenants on tenant_ask
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table tenant_ask;
