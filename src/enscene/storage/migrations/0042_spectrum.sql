-- up
-- 0042_spectrum: to come
select 1;

-- down
select 1;
