-- up
-- What an application asks a customer for, what the customer answers, the tokens that are given
-- for it, and what was served under it.

alter table app add token_binding text not null default 'none'
  check (token_binding in ('none', 'dpop', 'mtls'));        -- what its tokens are bound to
alter table app add redirect_uris text[] not null default '{}';

-- A grant that a customer gave on a page of the bank says for what, and which data.
alter table app_grant add purpose text;
alter table app_grant add fields jsonb;                     -- {"things": {thing: [field]}, "accounts": [name]}
create index app_grant_given on app_grant (tenant, party, granted_at desc);

create table authorization_request (
  tenant      int not null,
  id          uuid not null,
  digest      bytea not null,                             -- of the request_uri
  app         bigint not null,
  asked       jsonb not null,
  jkt         text,                                       -- the key that the code will be bound to
  until       timestamptz not null,                       -- the request_uri is good before
  ends_at     timestamptz not null,                       -- the customer may answer before
  opened_at   timestamptz,
  answered_at timestamptz,
  primary key (tenant, id)
);
create unique index authorization_request_digest on authorization_request (tenant, digest);

create table authorization_code (
  tenant    int not null,
  digest    bytea not null,
  request   uuid not null,
  app       bigint not null,
  grant_id  bigint not null,
  party     text not null,
  until     timestamptz not null,
  used_at   timestamptz,
  family    uuid,                                         -- the tokens that were given for it
  primary key (tenant, digest)
);

-- All tokens that come of one code: withdrawn together.
create table token_family (
  tenant     int not null,
  id         uuid not null,
  app        bigint not null,
  grant_id   bigint not null,
  party      text not null,
  scopes     text[] not null,
  jkt        text,
  x5t        text,
  made_at    timestamptz not null default now(),
  revoked_at timestamptz,
  primary key (tenant, id)
);
create index token_family_grant on token_family (tenant, grant_id);

create table refresh_token (
  tenant  int not null,
  digest  bytea not null,
  family  uuid not null,
  until   timestamptz not null,
  used_at timestamptz,
  primary key (tenant, digest)
);
create index refresh_token_until on refresh_token (tenant, until);

-- Access tokens that were given back before their time.
create table revoked_token (
  tenant int not null,
  jti    text not null,
  until  timestamptz not null,
  primary key (tenant, jti)
);

-- Proofs of possession that were seen, by the minute that they were made in. They tell nothing of
-- any tenant.
create table used_proof (
  slot   int not null,
  digest bytea not null,
  primary key (slot, digest)
);

create table consent_factor (
  tenant   int not null,
  id       uuid not null,
  request  uuid not null,
  customer bigint not null,
  signs    bytea not null,                                -- digest of what is granted
  code     bytea not null,                                -- salted digest of the code
  tries    int not null default 0,
  made_at  timestamptz not null,
  until    timestamptz not null,
  used_at  timestamptz,
  primary key (tenant, id)
);
create index consent_factor_request on consent_factor (tenant, request, made_at desc);
create index consent_factor_customer on consent_factor (tenant, customer, made_at desc);

-- What was served of a customer's data, to whom, for what.
create sequence receipt_id;
create table receipt (
  tenant   int not null,
  id       bigint not null default nextval('receipt_id'),
  app      bigint not null,
  grant_id bigint not null,
  party    text not null,                                 -- whose data
  scene    int not null,
  purpose  text not null,
  what     text not null,                                 -- things.meal, accounts.wallet, events, queries.x
  fields   text[] not null,
  level    text not null check (level in ('C1', 'C2')),   -- the highest of the fields
  records  int not null,
  at       timestamptz not null default now(),
  primary key (tenant, id)
);
create index receipt_party on receipt (tenant, party, id desc);
create index receipt_grant on receipt (tenant, grant_id, id desc);

do $$
declare t text;
begin
  foreach t in array array['authorization_request', 'authorization_code', 'token_family',
                           'refresh_token', 'revoked_token', 'consent_factor', 'receipt'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table receipt;
drop sequence receipt_id;
drop table consent_factor, used_proof, revoked_token, refresh_token, token_family,
           authorization_code, authorization_request;
drop index app_grant_given;
alter table app_grant drop fields;
alter table app_grant drop purpose;
alter table app drop redirect_uris;
alter table app drop token_binding;
