-- up
-- 0044_engine: to come
select 1;

-- down
select 1;
