-- up
-- What binds customers to each other beyond what scenes say of it: firms, their people, households.

create table relation (
  tenant   int not null references tenant,
  source   bigint not null,                               -- the party that owns, works, supplies…
  target   bigint not null,
  kind     text not null check (kind in
             ('owns', 'represents', 'works_for', 'supplies', 'guarantees', 'household')),
  since    date not null,
  until    date,                                          -- null: it stands
  said_by  text not null,
  at       timestamptz not null default clock_timestamp(),
  primary key (tenant, source, kind, target, since),
  check (source <> target),
  check (until is null or until >= since)
);
create index relation_target on relation (tenant, target);

alter table relation enable row level security;
alter table relation force row level security;
create policy tenants on relation
  using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
  with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]));

-- down
drop table relation;
