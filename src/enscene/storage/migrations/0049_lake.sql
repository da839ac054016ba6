-- up
-- The files of the lake. A file stands on the disk before its row is committed, and a file without
-- a row is no file of the lake. How far each shard's log is exported stands in `reading`, as 'lake'.

create table lake_file (
  tenant  int not null references tenant,
  id      uuid not null,
  kind    text not null,                                  -- event, posting, or the name of a snapshot
  day     date,                                           -- of UTC; null: a snapshot
  shard   int not null,
  first   bigint not null default 0,                      -- numbers of the first and the last unit
  last    bigint not null default 0,
  rows    bigint not null check (rows >= 0),
  bytes   bigint not null,
  sha256  text not null,
  tier    smallint not null default 0,                    -- how often its rows were put together
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant, id),
  check (first <= last)
);
create index lake_file_first on lake_file (tenant, kind, day, first);
create unique index lake_file_snapshot on lake_file (tenant, kind) where day is null;

-- Somebody was erased: the lake still has to follow. `seqs` are the numbers of the log's rows that
-- tell something else now.
create table lake_erasure (
  tenant  int not null references tenant,
  id      uuid not null,
  seqs    bigint[] not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (tenant, id)
);

do $$
declare t text;
begin
  foreach t in array array['lake_file', 'lake_erasure'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
delete from reading where name = 'lake';
drop table lake_erasure, lake_file;
