-- up
-- A day's close reads those that are due in pages, by (wake, id): with a million on the same day an
-- index on the day alone is read to its end for every page.
drop index contract_wake;
create index contract_wake on contract (tenant, wake, id) where wake is not null;

-- down
drop index contract_wake;
create index contract_wake on contract (tenant, wake) where wake is not null;
