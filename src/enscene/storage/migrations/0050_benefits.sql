-- up
-- What an offer that was said may cost: written with its decision, booked on the ledger after it, and
-- closed there once. Whose it is stands in the decision alone.
create table benefit (
  tenant     int not null references tenant,
  decision   uuid not null,
  campaign   text not null,
  line       text not null,                               -- the department that pays
  offer      text not null,
  kind       text,                                        -- coupon, points…
  minor      bigint not null check (minor > 0),
  currency   text not null,
  said_at    timestamptz not null,
  state      text not null default 'said' check (state in ('said', 'aside', 'taken', 'released', 'short')),
  aside_seq  bigint,                                      -- units of the ledger
  closed_seq bigint,
  closed_at  timestamptz,
  primary key (tenant, decision)
);
create index benefit_open on benefit (tenant, said_at) where state in ('said', 'aside');
create index benefit_campaign on benefit (tenant, campaign, line, state);

alter table benefit enable row level security;
alter table benefit force row level security;
create policy tenants on benefit
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table benefit;
