-- up
-- What a partner pays for what its application used.
select 1;

-- down
select 1;
