-- up
-- One customer over all scenes. A party is never rewritten: which parties are one customer follows
-- from ties between them, and a tie that is undone leaves everything where it was.

create table identity_key (
  tenant  int not null references tenant,
  party   bigint not null,
  kind    text not null check (kind in ('ric', 'uscc', 'bank_number', 'phone')),
  digest  bytea not null,                                 -- keyed: the number itself is kept nowhere
  tail    text not null,                                  -- its last digits, for people to tell it by
  said_by text not null,
  at      timestamptz not null default clock_timestamp(),
  primary key (tenant, party, kind, digest)
);
create index identity_key_digest on identity_key (digest, tenant, kind);

create table identity_tie (
  tenant     int not null references tenant,
  id         uuid not null,
  low        bigint not null,
  high       bigint not null,
  why        text not null,                               -- kind of the key, or 'person': somebody's word
  state      text not null check (state in ('tied', 'asked', 'refused', 'undone')),
  note       text not null default '',
  made_by    text not null,
  made_at    timestamptz not null default clock_timestamp(),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant, id),
  check (low < high),
  check (state <> 'tied' or why <> 'person' or decided_by <> made_by)
);
create unique index identity_tie_standing on identity_tie (tenant, low, high)
  where state in ('tied', 'asked');
create index identity_tie_high on identity_tie (tenant, high, low);
create index identity_tie_low on identity_tie (tenant, low, high);

-- The least number of the parties that are one customer; who stands alone has no row.
create table identity (
  tenant   int not null references tenant,
  party    bigint not null,
  customer bigint not null,
  primary key (tenant, party)
);
create index identity_customer on identity (tenant, customer);

do $$
declare t text;
begin
  foreach t in array array['identity_key', 'identity_tie', 'identity'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table identity, identity_tie, identity_key;
