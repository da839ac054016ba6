-- up
-- The platform as a service business.
select 1;

-- down
select 1;
