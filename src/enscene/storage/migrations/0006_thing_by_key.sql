-- up
-- Things are written and read by key, and listed by birth. Two indexes that begin alike cost the
-- same while the statistics say that the table is empty, and a plan that chose the wrong one then
-- is kept: it read every thing of the type for each one. Where a query does not say `born > 0`,
-- which is always true, it cannot use this one.
drop index thing_born;
create index thing_born on thing (tenant, scene, type, born) where born > 0;

-- down
drop index thing_born;
create index thing_born on thing (tenant, scene, type, born);
