-- up
-- 0045_identity: to come
select 1;

-- down
select 1;
