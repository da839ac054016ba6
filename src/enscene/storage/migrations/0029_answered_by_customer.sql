-- up
-- Customers of a live bank answer in the bank's own channels: what a channel has stated of a second
-- factor, the visits that it opens, and what rests on a consent and ends with it.

alter table authorization_request add party text;          -- the only one who may answer it

-- Each statement is good once. It is kept as the evidence of the consent.
create table stated_factor (
  tenant   int not null references tenant,
  app      bigint not null,                               -- the channel that has signed it
  digest   bytea not null,                                -- of its jti
  request  uuid not null,
  party    text not null,
  methods  text[] not null,                               -- RFC 8176
  at       timestamptz not null,                          -- when the factor was shown
  until    timestamptz not null,
  made_at  timestamptz not null default clock_timestamp(),
  used_at  timestamptz,
  grant_id bigint,                                        -- what came of it
  primary key (tenant, app, digest)
);
create index stated_factor_request on stated_factor (tenant, request);

-- A door that a channel opens for a customer whom it has let in.
create table bank_visit (
  tenant     int not null references tenant,
  id         uuid not null,
  digest     bytea not null,                              -- of the token
  app        bigint not null,
  party      text not null,
  customer   bigint not null,
  request    uuid,                                        -- null: the customer's permissions
  factor     bytea,                                       -- the statement that came with it
  made_at    timestamptz not null default clock_timestamp(),
  until      timestamptz not null,
  entered_at timestamptz,
  primary key (tenant, id)
);
create unique index bank_visit_digest on bank_visit (tenant, digest);

alter table application add grant_id bigint;               -- the consent under which it was begun
create index application_grant on application (tenant, grant_id) where grant_id is not null;
create index webhook_delivery_grant on webhook_delivery (tenant, grant_id)
  where grant_id is not null and state = 'pending';
create index event_grant on event (tenant, ((facts ->> 'grant'))) where facts ? 'grant';

do $$
declare t text;
begin
  foreach t in array array['stated_factor', 'bank_visit'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop index event_grant;
drop index webhook_delivery_grant;
drop index application_grant;
alter table application drop column grant_id;
drop table bank_visit, stated_factor;
alter table authorization_request drop column party;
