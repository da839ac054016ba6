-- up
-- States of service of the installation and of banks.

-- One that counts: not ended, and its end is to come. What the program entered by itself is written
-- down when it is over.
create table service_state (
  id       uuid primary key,
  bank     int references tenant,                         -- null: the installation
  state    text not null check (state in ('essential', 'readings')),
  cause    text not null check (cause in ('person', 'database', 'queue')),
  reason   text not null,                                 -- anybody may read it
  who      text not null,                                 -- nobody outside does
  since    timestamptz not null,
  until    timestamptz,
  ended_at timestamptz,
  ended_by text,
  check (cause <> 'person' or until is not null)
);
create unique index service_state_open on service_state (coalesce(bank, 0)) where ended_at is null;
create index service_state_since on service_state (since desc);

-- down
drop table service_state;
