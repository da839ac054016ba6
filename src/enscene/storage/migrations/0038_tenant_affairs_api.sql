-- up
-- A tenant's affairs over the API and from the console.
select 1;

-- down
select 1;
