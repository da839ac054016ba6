-- up
-- The entries behind a figure of a day look for what the close of the day did, and for benefits by
-- the unit that paid them. History is written in the order of its units: a coarse index will do.
create index contract_entry_unit on contract_entry using brin (seq) with (pages_per_range = 16);
create index benefit_closed on benefit (tenant, closed_seq) where state = 'taken';

-- Who asks others into a scene, by a code that tells nothing of them.
create table referral_code (
  tenant   int not null references tenant,
  scene    int not null,
  customer bigint not null,                               -- a party
  code     text not null,
  made_at  timestamptz not null,                          -- the tenant's time
  primary key (tenant, scene, customer),
  unique (tenant, code)
);

-- Who came by a code, once in a scene. When who asked is erased, so is by whom it was.
create table referral_claim (
  tenant   int not null references tenant,
  scene    int not null,
  customer bigint not null,
  code     text,
  at       timestamptz not null,
  primary key (tenant, scene, customer),
  foreign key (tenant, code) references referral_code (tenant, code) on delete set null (code)
);
create index referral_claim_code on referral_claim (tenant, code, at);

do $$
declare t text;
begin
  foreach t in array array['referral_code', 'referral_claim'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table referral_claim, referral_code;
drop index benefit_closed, contract_entry_unit;
