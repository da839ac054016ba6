-- up
-- Outside scenes inside the bank's own app: what was agreed with their partners in both directions,
-- where customers were led, what they ordered there, and what the traffic cost.

-- One contract record for both directions; each version holds from the first of a month.
create table brought_in_terms (
  tenant     int not null references tenant,
  partner    uuid not null,
  version    int not null,
  number     text not null,                               -- of the contract on paper
  starts     date not null check (extract(day from starts) = 1),
  currency   text not null,
  in_kind    text not null check (in_kind in ('none', 'visit', 'order', 'fixed')),
  in_minor   bigint not null check (in_minor >= 0),
  in_payer   text not null check (in_payer in ('bank', 'partner')),
  out_kind   text not null check (out_kind in ('none', 'customer', 'fixed')),
  out_minor  bigint not null check (out_minor >= 0),
  out_payer  text not null check (out_payer in ('bank', 'partner')),
  out_scenes text[] not null,                             -- scenes of the bank at the partner
  share_most int not null check (share_most between 1 and 100), -- percent; above it depends on it
  state      text not null default 'proposed' check (state in ('proposed', 'agreed', 'refused')),
  made_by    text not null,
  made_at    timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, partner, version),
  check ((decided_by is null) = (state = 'proposed')),
  check (decided_by <> made_by)
);

create table brought_in_entry (
  tenant     int not null references tenant,
  id         uuid not null,
  partner    uuid not null,
  title_zh   text not null,
  title_en   text not null,
  class      text not null check (class in ('takeaway', 'taxi', 'shopping', 'travel', 'other')),
  url        text not null,
  origin     text not null,
  shown      text not null check (shown in ('page', 'frame')),
  position   int not null,
  state      text not null default 'proposed'
             check (state in ('proposed', 'open', 'refused', 'closed')),
  made_by    text not null,
  made_at    timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  check (state = 'proposed' or decided_by is not null),
  check (decided_by <> made_by or state = 'closed')
);

-- What a partner knows a customer by; nobody else knows that name.
create table brought_in_person (
  tenant    int not null references tenant,
  partner   uuid not null,
  customer  bigint not null,
  pseudonym uuid not null,
  primary key (tenant, partner, customer),
  unique (tenant, pseudonym)
);
create index brought_in_person_customer on brought_in_person (tenant, customer);

-- A customer was led there. The code is good once, for a moment of real time.
create table brought_in_visit (
  tenant     int not null references tenant,
  id         uuid not null,
  entry      uuid not null,
  partner    uuid not null,
  customer   bigint not null,
  code       bytea not null,                              -- its digest
  language   text not null,
  at         timestamptz not null,                        -- the tenant's time
  day        date not null,
  expires_at timestamptz not null,
  arrived_at timestamptz,                                 -- the code was exchanged
  primary key (tenant, id),
  unique (tenant, code)
);
create index brought_in_visit_day on brought_in_visit (tenant, day);
create index brought_in_visit_customer on brought_in_visit (tenant, customer);

-- Slots, so that many who look at once do not wait for one row.
create table brought_in_shown (
  tenant int not null references tenant,
  entry  uuid not null,
  day    date not null,
  slot   int not null,
  shown  bigint not null,
  primary key (tenant, entry, day, slot)
);

create table brought_in_order (
  tenant    int not null references tenant,
  id        uuid not null,
  entry     uuid not null,
  partner   uuid not null,
  customer  bigint not null,
  visit     uuid,
  number    text not null,                                -- the partner's own
  title     text not null,
  currency  text not null,
  amount    bigint not null check (amount > 0),
  cashier   boolean not null,                             -- paid here, from the customer's account
  return_to text,
  state     text not null check (state in ('placed', 'paid', 'delivered', 'cancelled', 'refunded')),
  paid      bigint not null default 0,
  refunded  bigint not null default 0,
  at        timestamptz not null,
  day       date not null,
  changed_at timestamptz not null,
  primary key (tenant, id),
  unique (tenant, partner, number),
  check (refunded <= paid and paid <= amount)
);
create index brought_in_order_day on brought_in_order (tenant, day);
create index brought_in_order_customer on brought_in_order (tenant, customer, at desc);

create table brought_in_step (
  tenant  int not null references tenant,
  of      uuid not null,
  n       bigint generated always as identity,
  at      timestamptz not null,
  said    text not null,                                  -- the state that was told
  state   text not null,                                  -- the state after it
  who     text not null check (who in ('partner', 'cashier')),
  paid    bigint not null,
  refunded bigint not null,
  primary key (tenant, of, n)
);

-- What a month of traffic cost, as it was posted.
create table brought_in_month (
  tenant    int not null references tenant,
  partner   uuid not null,
  month     date not null,
  direction text not null check (direction in ('in', 'out')),
  version   int not null,
  kind      text not null,
  quantity  bigint not null,
  price     bigint not null,
  amount    bigint not null,
  payer     text not null,
  currency  text not null,
  seq       bigint not null,
  at        timestamptz not null,
  primary key (tenant, partner, month, direction)
);

do $$
declare t text;
begin
  foreach t in array array['brought_in_terms', 'brought_in_entry', 'brought_in_person',
                           'brought_in_visit', 'brought_in_shown', 'brought_in_order',
                           'brought_in_step', 'brought_in_month'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table brought_in_month, brought_in_step, brought_in_order, brought_in_shown, brought_in_visit,
  brought_in_person, brought_in_entry, brought_in_terms;
