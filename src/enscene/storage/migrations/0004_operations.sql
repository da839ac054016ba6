-- up
-- Requests to launch or change a scene, with who chose, submitted and decided, and when; keys of
-- the pages that customers see.

create table launch (
  tenant       int not null references tenant,
  id           uuid not null,
  kind         text not null check (kind in ('new', 'change')),
  scene        text,                                     -- the scene's ref once there is one
  pack         text not null,
  digest       text,                                     -- the template as it was submitted
  wish         jsonb not null,                           -- name, ref, variant, options, parts…
  rehearsal    jsonb,                                    -- what the rehearsal of this wish gave
  state        text not null default 'draft'
               check (state in ('draft', 'submitted', 'approved', 'returned', 'withdrawn')),
  version      int not null default 1,
  chosen_by    text not null,
  chosen_at    timestamptz not null default now(),       -- real time, never the virtual clock
  submitted_by text,
  submitted_at timestamptz,
  decided_by   text,
  decided_at   timestamptz,
  note         text not null default '',
  live_at      timestamptz,                              -- when the scene was first opened
  primary key (tenant, id),
  check (decided_by is null or decided_by <> submitted_by)
);
create index launch_state on launch (tenant, state, chosen_at desc);
create index launch_scene on launch (tenant, scene) where scene is not null;

create table h5_key (
  id         int primary key check (id = 1),
  material   bytea not null,
  created_at timestamptz not null default now()
);

do $$
declare t text;
begin
  foreach t in array array['launch'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table h5_key, launch;
