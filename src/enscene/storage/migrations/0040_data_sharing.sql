-- up
-- Data that is shared between scenes and institutions.
select 1;

-- down
select 1;
