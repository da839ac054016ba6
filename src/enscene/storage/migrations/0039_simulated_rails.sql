-- up
-- Payments over the simulated rails of a sandbox.
select 1;

-- down
select 1;
