-- up
-- Where customers pay, in cells of about 500 m: what their life, work and shopping circles are told
-- from. Sums alone: no payment can be found again in them.

create table circle_cell (
  tenant   int not null references tenant,
  customer bigint not null,
  scene    int not null,
  cell     bigint not null,                               -- north and east, in steps of a grid
  day      date not null,                                 -- where the customer's scene is
  home     int not null,                                  -- payments at nights and on weekends
  work     int not null,                                  -- on weekdays from 9 to 18
  paid     int not null,                                  -- all of them
  minor    bigint not null,                               -- what they came to
  primary key (tenant, customer, scene, cell, day)
);
create index circle_cell_day on circle_cell (tenant, day);

-- How far the log of a tenant has been counted: in the transaction that counts it.
create table circle_read (
  tenant int primary key references tenant,
  seq    bigint not null
);

-- From which number of the log on payments of a customer in a scene count; none: they do not.
-- Scene 0 is all of them.
create table circle_since (
  tenant   int not null references tenant,
  customer bigint not null,
  scene    int not null,
  seq      bigint,
  primary key (tenant, customer, scene)
);

do $$
declare t text;
begin
  foreach t in array array['circle_cell', 'circle_read', 'circle_since'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy tenants on %I
      using (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))
      with check (tenant = any ((select nullif(current_setting('enscene.tenants', true), '')::int[])::int[]))$p$, t);
  end loop;
end $$;

-- down
drop table circle_since, circle_read, circle_cell;
