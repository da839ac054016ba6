-- up
-- The entries behind a figure of a day look for what the close of the day did, and for benefits by
-- the unit that paid them. History is written in the order of its units: a coarse index will do.
create index contract_entry_unit on contract_entry using brin (seq) with (pages_per_range = 16);
create index benefit_closed on benefit (tenant, closed_seq) where state = 'taken';

-- down
drop index benefit_closed, contract_entry_unit;
