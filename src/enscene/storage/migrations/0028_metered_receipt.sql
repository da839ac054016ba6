-- up
-- Which receipts have become readings. Those of before were nobody's to pay for.
alter table receipt add column metered bool not null default true;
alter table receipt alter column metered set default false;
create index receipt_unmetered on receipt (tenant, id) where not metered;

-- down
drop index receipt_unmetered;
alter table receipt drop column metered;
