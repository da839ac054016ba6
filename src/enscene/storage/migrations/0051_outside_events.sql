-- up
-- Events from outside stand in the log beside what scenes committed: found by whom they are about, and
-- by their age, for they are not kept for ever. No other event has a place in these indexes.
create index event_outside on event (tenant, subject, seq) where action like 'outside.%';
create index event_outside_age on event (tenant, action, at) where action like 'outside.%';

-- down
drop index event_outside_age;
drop index event_outside;
