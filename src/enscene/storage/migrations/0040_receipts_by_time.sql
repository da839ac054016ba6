-- up
-- Receipts lie in the order of time: what was read in the last days is found where it lies.
create index receipt_at on receipt using brin (at) with (pages_per_range = 32);

-- down
drop index receipt_at;
