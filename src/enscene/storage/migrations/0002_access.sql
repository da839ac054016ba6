-- up
-- Who may come in: partner applications and what they may do, people of the console, sessions.
-- The tenant stands in every public name (`bank.h5`, `li@bank`, `1.token`), so it is known before
-- the first row is read.

create sequence app_id;
create table app (
  tenant     int not null references tenant,
  id         bigint not null default nextval('app_id'),
  name       text not null,                              -- client id: <tenant ref>.<name>
  title      text not null,
  party      text,                                       -- the party it acts for (its ref)
  scopes     text[] not null default '{}',               -- scene:canteen:pay_meal, scene:canteen:*
  acts_for   jsonb not null default '[]',                -- whole roles, of bank-operated apps only
  jwks       jsonb not null,                             -- public keys
  level      text not null default 'A1' check (level in ('A1', 'A2')),
  rate       int not null default 100 check (rate > 0),  -- requests a second
  burst      int not null default 200 check (burst > 0),
  status     text not null default 'active' check (status in ('active', 'suspended')),
  created_at timestamptz not null default now(),
  primary key (tenant, id),
  unique (tenant, name)
);

create sequence app_grant_id;
create table app_grant (
  tenant     int not null,
  id         bigint not null default nextval('app_grant_id'),
  app        bigint not null,
  party      text not null,                              -- the person that the app may act for
  scene      text not null,
  actions    text[] not null,
  granted_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant, id),
  foreign key (tenant, app) references app
);
create index app_grant_party on app_grant (tenant, app, party);

-- Assertions that were used; kept until they expire, so that none is taken twice.
create table used_assertion (
  tenant     int not null,
  app        bigint not null,
  digest     bytea not null,
  expires_at timestamptz not null,
  primary key (tenant, app, digest)
);
create index used_assertion_expires on used_assertion (expires_at);

-- Keys of the program itself: they sign access tokens and page cursors, shared by all processes.
create table secret_key (
  id         text primary key,
  purpose    text not null,
  material   bytea not null,
  created_at timestamptz not null default now()
);

create sequence console_user_id;
create table console_user (
  tenant        int not null references tenant,
  id            bigint not null default nextval('console_user_id'),
  login         text not null,                           -- login name: <login>@<tenant ref>
  name          text not null,
  password_hash text not null,
  roles         text[] not null,
  party         text,                                    -- of a partner: the party it belongs to
  status        text not null default 'active' check (status in ('active', 'blocked')),
  created_at    timestamptz not null default now(),
  primary key (tenant, id),
  unique (tenant, login)
);

create table console_session (
  tenant     int not null,
  digest     bytea not null,                             -- of the secret that the browser holds
  "user"     bigint not null,
  csrf       text not null,
  created_at timestamptz not null default now(),
  seen_at    timestamptz not null default now(),
  primary key (tenant, digest),
  foreign key (tenant, "user") references console_user on delete cascade
);
create index console_session_user on console_session (tenant, "user");

-- Failed logins by name, whether or not somebody has that name.
create table login_failure (
  tenant   int not null,
  login    text not null,
  failures int not null,
  until    timestamptz not null,                         -- no login before
  at       timestamptz not null default now(),
  primary key (tenant, login)
);

do $$
declare t text;
begin
  foreach t in array array['app', 'app_grant', 'used_assertion', 'console_user',
                           'console_session', 'login_failure'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table login_failure, console_session, console_user, secret_key, used_assertion, app_grant, app;
drop sequence console_user_id, app_grant_id, app_id;
