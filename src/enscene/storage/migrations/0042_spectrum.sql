-- up
-- What customers like and think of, topic by topic. Sums are kept by the scene that they come from,
-- and by the consent under which it was done: what is withdrawn takes its own with it.

create table spectrum_tone (
  tenant         int not null references tenant,
  customer       bigint not null,
  topic          text not null,                           -- a general one, or `pack.topic`
  value          text not null default '',                -- of a topic that is kept for each text apart
  scene          int not null,
  consent        bigint not null default 0,               -- of an application; 0: the customer's own doing
  half_life      double precision not null,               -- days
  half_at        double precision not null,
  doubt          double precision not null,
  at             timestamptz not null,                    -- the sums as they stood then
  speaks_for     double precision not null,
  speaks_against double precision not null,
  pieces         int not null,
  first          timestamptz not null,
  last           timestamptz not null,
  kept           jsonb not null,                          -- the strongest: [[at, strength, source], …]
  primary key (tenant, customer, topic, value, scene, consent)
);

-- The band in which the preference of all scenes together stands, and when it leaves it by itself.
create table spectrum_standing (
  tenant   int not null references tenant,
  customer bigint not null,
  topic    text not null,
  value    text not null default '',
  band     text not null check (band in ('none', 'some', 'clear', 'strong')),
  since    timestamptz not null,
  falls_at timestamptz,
  primary key (tenant, customer, topic, value)
);
create index spectrum_standing_falls on spectrum_standing (tenant, falls_at)
  where falls_at is not null;

create table spectrum_change (
  tenant     int not null references tenant,
  id         uuid not null,
  customer   bigint not null,
  topic      text not null,
  value      text not null default '',
  at         timestamptz not null,
  before     text not null,
  after      text not null,
  preference int not null,
  attitude   int not null,
  source     text not null default '',                    -- the event that brought it; '': time
  seq        bigint,                                      -- under which it stands in the log
  primary key (tenant, id)
);
create index spectrum_change_customer on spectrum_change (tenant, customer, at);
create index spectrum_change_untold on spectrum_change (tenant, at) where seq is null;

-- From which number of the log on acts of a customer in a scene count; none: they do not. Who has
-- never withdrawn anything has no row. Scene 0 is all of them.
create table spectrum_since (
  tenant   int not null references tenant,
  customer bigint not null,
  scene    int not null,
  seq      bigint,
  primary key (tenant, customer, scene)
);

-- How far the log of a tenant has been counted: in the transaction that counts it.
create table spectrum_read (
  tenant int primary key references tenant,
  seq    bigint not null
);

do $$
declare t text;
begin
  foreach t in array array['spectrum_tone', 'spectrum_standing', 'spectrum_change',
                           'spectrum_since', 'spectrum_read'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table spectrum_read, spectrum_since, spectrum_change, spectrum_standing, spectrum_tone;
