-- up
-- 0043_campaigns: to come
select 1;

-- down
select 1;
