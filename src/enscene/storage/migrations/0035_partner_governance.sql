-- up
-- What partners run outside the bank and what it is made of, dated records of how it is kept, whose
-- hands reach it, when they are admitted anew, and what the public says of them.

alter table partner add column admitted_at timestamptz;   -- by the last decision; null: never
alter table partner add column renewing boolean not null default false; -- is being asked anew
update partner set admitted_at = s.at
  from (select tenant, partner, max(at) as at from partner_stage where stage = 'admitted'
         group by tenant, partner) s
 where s.tenant = partner.tenant and s.partner = partner.id;

alter table partner_asset add column origin text not null default 'person'
  check (origin in ('person', 'settings'));               -- settings: an address of the application

create table partner_component (
  tenant   int not null,
  asset    uuid not null,
  package  text not null,                                 -- type/name of its purl, as npm/lodash
  version  text not null,
  supplier text not null default '',
  seen_at  timestamptz not null default clock_timestamp(),
  seen_by  text not null,
  primary key (tenant, asset, package, version)
);

-- A fact of a day; the newest of a kind and subject counts.
create table partner_record (
  tenant   int not null references tenant,
  id       uuid not null,
  partner  uuid not null,
  kind     text not null,                                 -- of admission/records.yaml
  about    text not null,                                 -- the system, the scene, the service
  on_day   date not null,
  due_on   date,                                          -- the next of its kind, at the latest
  fields   jsonb not null,
  side     text not null check (side in ('bank', 'partner')),
  who      text not null,
  made_at  timestamptz not null default clock_timestamp(),
  primary key (tenant, id)
);
create index partner_record_partner on partner_record (tenant, partner, kind, about, on_day desc);

-- Persons of third parties who reach systems, data or code: asked by one, granted by another.
create table partner_outsider (
  tenant     int not null references tenant,
  id         uuid not null,
  partner    uuid not null,
  person     text not null,
  firm       text not null,
  what       text not null,
  why        text not null,
  until      date not null,
  asked_by   text not null,
  asked_at   timestamptz not null default clock_timestamp(),
  granted_by text,
  granted_at timestamptz,
  ended_by   text,                                        -- refused or revoked
  ended_at   timestamptz,
  ended_why  text,
  primary key (tenant, id),
  check (granted_by is null or granted_by <> asked_by)
);
create index partner_outsider_partner on partner_outsider (tenant, partner, asked_at desc);

create table partner_opinion (
  tenant    int not null references tenant,
  partner   uuid not null,
  digest    bytea not null,                               -- of source, address and text
  source    text not null,
  url       text not null,
  at        timestamptz not null,
  text      text not null,
  sentiment text not null check (sentiment in ('bad', 'neutral', 'good')),
  rules     text not null,                                -- the version that judged it
  taken_at  timestamptz not null default clock_timestamp(),
  taken_by  text not null,
  primary key (tenant, partner, digest)
);
create index partner_opinion_at on partner_opinion (tenant, partner, at desc);

do $$
declare t text;
begin
  foreach t in array array['partner_component', 'partner_record', 'partner_outsider',
                           'partner_opinion'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table partner_opinion, partner_outsider, partner_record, partner_component;
alter table partner_asset drop column origin;
alter table partner drop column renewing, drop column admitted_at;
