-- up
-- What a tenant runs itself (its people, its brand), what it asks for, and what it gets: tickets,
-- releases, and its service by name.

alter table console_user
  add column must_change boolean not null default false;   -- the password was chosen by another
-- Whoever approved so far also looked after the people, by command; now there is a role for it.
update console_user set roles = roles || '{admin}'
 where 'approver' = any (roles) and not 'admin' = any (roles);

-- What is done with people: at once, or asked for until somebody else has decided.
create table user_change (
  tenant        int not null references tenant,
  id            uuid not null,
  act           text not null check (act in ('make', 'roles', 'block', 'admit', 'password')),
  login         text not null,
  name          text not null default '',
  roles         text[] not null default '{}',
  party         text,
  password_hash text,                                     -- forgotten when it is decided
  state         text not null check (state in ('asked', 'done', 'refused')),
  asked_by      text not null,
  asked_at      timestamptz not null default clock_timestamp(),
  decided_by    text,                                     -- null and done: nobody else was needed
  decided_at    timestamptz,
  primary key (tenant, id),
  check (state = 'asked' or password_hash is null)
);
create unique index user_change_waiting on user_change (tenant, login) where state = 'asked';

create table tenant_logo (
  tenant  int primary key references tenant,
  kind    text not null check (kind in ('image/png', 'image/svg+xml')),
  content bytea not null check (octet_length(content) <= 65536),
  digest  text not null
);

-- A question, fault, wish or reconciliation issue, by the people of a tenant or by a partner.
create table ticket (
  tenant      int not null references tenant,
  id          uuid not null,
  number      int not null,
  kind        text not null check (kind in ('question', 'fault', 'wish', 'reconciliation')),
  title       text not null,
  partner     uuid,                                       -- null: the tenant's own people
  state       text not null check (state in ('open', 'waiting', 'solved', 'closed')),
  opened_by   text not null,
  opened_at   timestamptz not null,
  key         text,                                       -- of who filed it by API
  answer_due  timestamptz not null,
  answered_at timestamptz,
  due         timestamptz not null,                       -- moves on by how long it waited
  waits_since timestamptz,                                -- for whoever asked
  solved_at   timestamptz,
  release     uuid,                                       -- that brings it
  primary key (tenant, id),
  unique (tenant, number),
  unique (tenant, opened_by, key)
);
create index ticket_partner on ticket (tenant, partner) where partner is not null;

create table ticket_step (
  tenant int not null,
  ticket uuid not null,
  n      int not null,
  at     timestamptz not null,
  act    text not null check (act in ('opened', 'said', 'asked_back', 'solved', 'reopened',
                                      'closed', 'planned', 'released')),
  side   text not null check (side in ('asker', 'operator')),
  who    text not null,
  text   text not null,
  primary key (tenant, ticket, n)
);

-- Who is whom at a partner and at the bank, and what is due with it on which day.
create table partner_contact (
  tenant  int not null references tenant,
  id      uuid not null,
  partner uuid not null,
  side    text not null check (side in ('bank', 'partner')),
  name    text not null,
  duty    text not null,
  reach   text not null,                                  -- a telephone number or an address
  primary key (tenant, id)
);
create index partner_contact_partner on partner_contact (tenant, partner);
create table partner_date (
  tenant  int not null references tenant,
  id      uuid not null,
  partner uuid not null,
  day     date not null,
  title   text not null,
  done_at timestamptz,
  done_by text,
  primary key (tenant, id)
);
create index partner_date_partner on partner_date (tenant, partner, day);

-- What is new in a version of a template or of the platform; told by whoever runs tenants.
create table release (
  tenant     int not null references tenant,
  id         uuid not null,
  what       text not null,                               -- a template, or 'platform'
  version    text not null,
  zh         text not null,
  en         text not null,
  made_by    text not null,
  made_at    timestamptz not null default clock_timestamp(),
  begun_by   text,                                        -- who brought it to the scenes
  begun_at   timestamptz,
  ended_at   timestamptz,
  primary key (tenant, id),
  unique (tenant, what, version)
);
create table release_scene (
  tenant  int not null,                                   -- of the release
  release uuid not null,
  target  int not null references tenant,
  scene   text not null,
  before  text not null,
  state   text not null check (state in ('waiting', 'done', 'same', 'refused')),
  why     text not null default '',
  at      timestamptz,
  primary key (tenant, release, target, scene)
);

-- When the service of a tenant is to be renewed.
alter table tenant add column renews date;

do $$
declare t text;
begin
  foreach t in array array['user_change', 'tenant_logo', 'ticket', 'ticket_step',
                           'partner_contact', 'partner_date', 'release', 'release_scene'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
alter table tenant drop column renews;
drop table release_scene, release, partner_date, partner_contact, ticket_step, ticket, tenant_logo,
  user_change;
alter table console_user drop column must_change;
update console_user set roles = array_remove(roles, 'admin') where 'approver' = any (roles);
