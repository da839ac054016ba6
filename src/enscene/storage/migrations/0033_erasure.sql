-- up
-- Persons who asked to be erased: who looked, who decided, and what they are called since. And what
-- was served, field by field: its level, and its price by the plan of that day.

-- Nothing here says who it was: `party` is a number that leads to `opaque` alone afterwards.
create table erasure (
  tenant     int not null references tenant,
  id         uuid not null,
  number     int not null,                               -- of the tenant, told to the customer
  party      bigint not null,
  law        text not null,                              -- on which it stands
  asked_in   text not null,                              -- bank_page, or the channel's application
  asked_at   timestamptz not null default clock_timestamp(), -- the real time, here and below
  state      text not null default 'asked'
             check (state in ('asked', 'checked', 'refused', 'erased')),
  verdict    text check (verdict in ('erase', 'refuse')), -- what the first person found right
  why        text not null default '',
  checked_by text,
  checked_at timestamptz,
  decided_by text check (decided_by <> checked_by),
  decided_at timestamptz,
  opaque     text,                                       -- the party's reference since then
  seq        bigint,                                     -- the unit that did it
  primary key (tenant, id),
  unique (tenant, number),
  check ((state in ('refused', 'erased')) = (decided_by is not null)),
  check ((state = 'erased') = (opaque is not null))
);
create unique index erasure_open on erasure (tenant, party) where state in ('asked', 'checked');
create index erasure_party on erasure (tenant, party);

-- What an authority or the law has the bank keep: while one stands, nobody is erased.
create table legal_hold (
  tenant    int not null references tenant,
  id        uuid not null,
  party     bigint not null,
  why       text not null,
  set_by    text not null,
  set_at    timestamptz not null default clock_timestamp(),
  lifted_by text check (lifted_by <> set_by),
  lifted_at timestamptz,
  primary key (tenant, id),
  check ((lifted_by is null) = (lifted_at is null))
);
create index legal_hold_party on legal_hold (tenant, party) where lifted_at is null;

-- `levels[i]` is that of `fields[i]`; none: `level` is that of them all. The prices are written when
-- the receipt becomes a reading: those of the plan that held on its day.
alter table receipt
  add column levels   text[] not null default '{}',
  add column plan     int,
  add column currency text,
  add column prices   text[];                             -- of one record of each field

do $$
declare t text;
begin
  foreach t in array array['erasure', 'legal_hold'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
alter table receipt drop column prices, drop column currency, drop column plan, drop column levels;
drop table legal_hold, erasure;
