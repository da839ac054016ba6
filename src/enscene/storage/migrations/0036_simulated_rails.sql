-- up
-- Simulated rails of the sandbox.
select 1;

-- down
select 1;
