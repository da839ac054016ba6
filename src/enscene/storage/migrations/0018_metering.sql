-- up
-- Metering: what was used, as it was committed with the billed act, and what it adds up to.

-- One row is the readings of one act: `meters[i]` went up by `quantities[i]`. Its number is the
-- number of the unit that was billed, so it cannot be there twice and is never seen out of order.
-- What comes from elsewhere names its `source` and an `id` of it.
create table meter_reading (
  tenant     int not null,
  seq        bigint not null,
  at         timestamptz not null,
  app        text not null,
  operation  text not null,
  scene      int not null,
  party      text,
  meters     text[] not null,
  quantities bigint[] not null,
  source     text,
  id         text,
  print      uuid,                                        -- fingerprint of what the source sent
  facts      jsonb,
  primary key (tenant, seq),
  check (cardinality(meters) = cardinality(quantities)),
  check ((source is null) = (id is null))
);
create unique index meter_reading_source on meter_reading (tenant, source, id)
  where source is not null;
-- Rows lie in the order in which they came: to find a day's it is enough to know where it lies.
create index meter_reading_at on meter_reading using brin (at) with (pages_per_range = 32);

-- Sums. `seq` is the number of the last reading in it.
create table meter_minute (
  tenant    int not null,
  at        timestamptz not null,
  meter     text not null,
  app       text not null,
  scene     int not null,
  operation text not null,
  quantity  bigint not null,
  readings  bigint not null,
  seq       bigint not null,
  primary key (tenant, at, meter, app, scene, operation)
) with (fillfactor = 80);
create table meter_hour (like meter_minute including all) with (fillfactor = 80);
create table meter_day (                                  -- of the tenant's zone
  tenant    int not null,
  day       date not null,
  meter     text not null,
  app       text not null,
  scene     int not null,
  operation text not null,
  quantity  bigint not null,
  readings  bigint not null,
  seq       bigint not null,
  primary key (tenant, day, meter, app, scene, operation)
) with (fillfactor = 80);

-- Processes that count reads, and until when all they have counted is written down.
create table meter_counter (
  id         text primary key,
  begun      timestamptz not null default now(),
  counted_to timestamptz not null default now(),
  ended      boolean not null default false
);

-- Prices of a tenant, by the day from which they hold; made by one, approved by another.
create table billing_plan (
  tenant     int not null references tenant,
  version    int not null,
  starts     date not null,
  body       jsonb not null,
  state      text not null default 'proposed' check (state in ('proposed', 'approved', 'rejected')),
  made_by    text not null,
  made_at    timestamptz not null default now(),
  decided_by text check (decided_by <> made_by),
  decided_at timestamptz,
  primary key (tenant, version),
  check ((state = 'proposed') = (decided_by is null))
);

-- A month that is closed is never written again, but for being paid.
create table billing_invoice (
  tenant    int not null,
  month     date not null,
  currency  text not null,
  total     bigint not null,
  credit    bigint not null,                              -- paid from prepaid credits
  due       bigint not null,
  shares    jsonb not null,                               -- minor units by who gets them
  reach     bigint not null,                              -- number of the last reading in it
  state     text not null check (state in ('issued', 'paid')),
  seq       bigint not null,                              -- number of the unit that issued it
  issued_at timestamptz not null,
  paid_seq  bigint,
  paid_at   timestamptz,
  primary key (tenant, month),
  check (total = credit + due or total < 0)
);

create table billing_line (
  tenant    int not null,
  month     date not null,                                -- of the invoice
  n         int not null,
  kind      text not null,
  name      text not null,
  meter     text,
  adjusts   boolean not null,
  first     date not null,                                -- the days it is for
  until     date not null,                                -- exclusive
  quantity  bigint not null,
  amount    bigint not null,
  shares    jsonb not null,
  detail    jsonb not null,
  after_seq bigint not null,                              -- readings with higher numbers are in it
  primary key (tenant, month, n)
);
create index billing_line_days on billing_line (tenant, first);

do $$
declare t text;
begin
  foreach t in array array['meter_reading', 'meter_minute', 'meter_hour', 'meter_day',
                           'billing_plan', 'billing_invoice', 'billing_line'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
delete from reading where name = 'meters';
drop table billing_line, billing_invoice, billing_plan;
drop table meter_counter, meter_day, meter_hour, meter_minute, meter_reading;
