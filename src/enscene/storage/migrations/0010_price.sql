-- up
-- Prices that differ from the shelf's own, and what a tenant has chosen of the shelf. Rows are
-- added and never changed, but for the decision on a price that needed one: the table is its own
-- history, and a new row ends an old one.

create sequence price_number;
create table price (
  tenant     int not null references tenant,
  id         uuid not null,
  number     bigint not null default nextval('price_number'),
  product    text not null,                              -- of the shelf
  name       text not null,                              -- rate, fee, premium…
  scene      int not null default 0,                     -- 0: every scene
  segment    text not null default '',                   -- '': every customer
  value      text,                                       -- as written; null: ends what held here
  outside    boolean not null,                           -- beyond what needs no approval
  since      date not null,                              -- first day, of the tenant
  until      date,                                       -- last day; null: open
  why        text not null,
  state      text not null check (state in ('asked', 'in_force', 'refused', 'withdrawn')),
  ends       uuid,                                       -- the price that this row takes back
  set_by     text not null,
  set_at     timestamptz not null default now(),         -- real time, never the virtual clock
  decided_by text,
  decided_at timestamptz,
  note       text not null default '',
  primary key (tenant, id),
  check (until is null or until >= since),
  check (decided_by is null or decided_by <> set_by),
  check (not outside or state <> 'in_force' or decided_by is not null)
);
create index price_product on price (tenant, product, number);
create index price_asked on price (tenant, number) where state = 'asked';

create sequence shelf_choice_number;
create table shelf_choice (
  tenant    int not null references tenant,
  number    bigint not null default nextval('shelf_choice_number'),
  scene     int not null default 0,                      -- 0: the tenant's whole shelf
  product   text not null,
  stance    text not null check (stance in ('shown', 'declined', 'open')),
  place     int check (place between 1 and 999),         -- where it stands among those shown
  reason    text not null default '',
  chosen_by text not null,
  chosen_at timestamptz not null default now(),
  primary key (tenant, number),
  check (stance <> 'declined' or reason <> '')
);
create index shelf_choice_last on shelf_choice (tenant, scene, product, number desc);

do $$
declare t text;
begin
  foreach t in array array['price', 'shelf_choice'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table shelf_choice, price;
drop sequence shelf_choice_number, price_number;
