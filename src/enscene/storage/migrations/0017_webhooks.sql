-- up
-- Webhooks: where applications want to be told, with which keys, and what waits to be told.

create table webhook_endpoint (
  tenant        int not null references tenant,
  id            uuid not null,
  app           bigint not null,
  url           text not null,
  events        text[] not null,                          -- patterns of actions
  scenes        text[] not null,                          -- refs; none: every scene
  version       text not null,                            -- the date of the body's shape
  signatures    text[] not null,                          -- v1, v1a
  description   text not null default '',
  state         text not null default 'active' check (state in ('active', 'paused', 'disabled')),
  reason        text,                                     -- why it is disabled
  made_at       timestamptz not null default now(),
  -- The circuit: failures in a row, since when, how often it was opened, and until when it is.
  failures      int not null default 0,
  failing_since timestamptz,
  opened        int not null default 0,
  open_until    timestamptz,
  told_at       timestamptz,                              -- the last delivery that was taken
  -- What is to be told again: numbers of the log, from here (exclusive) to there.
  replay_after  bigint,
  replay_to     bigint,
  primary key (tenant, id)
);
create index webhook_endpoint_app on webhook_endpoint (tenant, app, id);

create table webhook_key (
  tenant   int not null,
  id       uuid not null,
  endpoint uuid not null,
  scheme   text not null check (scheme in ('v1', 'v1a')),
  sealed   bytea not null,                                -- under the key of the home
  public   text,                                          -- of an ed25519 pair
  made_at  timestamptz not null default now(),
  until    timestamptz,                                   -- an old key signs until then
  primary key (tenant, id)
);
create index webhook_key_endpoint on webhook_key (tenant, endpoint);

-- One row a delivery. What is pending is due at `due`; whoever takes it moves that on, so that it
-- is taken again if they are never heard of.
create table webhook_delivery (
  tenant     int not null,
  endpoint   uuid not null,
  seq        bigint not null,                             -- of the event; of a test: when it was made
  message    text not null,                               -- the webhook-id
  scene      int not null,
  type       text not null,
  body       text not null,
  grant_id   bigint,                                      -- the consent that it is told under
  party      text,                                        -- whose
  state      text not null default 'pending'
             check (state in ('pending', 'done', 'failed', 'cancelled')),
  tries      int not null default 0,
  due        timestamptz not null default now(),
  made_at    timestamptz not null default now(),
  tried_at   timestamptz,
  status     int,                                         -- of the last answer
  latency_ms int,
  error      text,
  primary key (tenant, endpoint, seq, message)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
create index webhook_delivery_due on webhook_delivery (tenant, endpoint, due)
  where state = 'pending';

do $$
declare t text;
begin
  foreach t in array array['webhook_endpoint', 'webhook_key', 'webhook_delivery'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- Nobody has asked for what is in the log already.
insert into reading (name, shard, seq) select 'webhooks', id, seq from shard;

-- down
delete from reading where name = 'webhooks';
drop table webhook_delivery, webhook_key, webhook_endpoint;
