-- up
-- What somebody is in a scene is asked for by scene and party, at the first call of everybody.
create index enrolment_member on enrolment (tenant, scene, party);
create index link_member on link (tenant, scene, from_party);

-- down
drop index link_member;
drop index enrolment_member;
