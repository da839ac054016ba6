-- up
-- The program's own keys are sealed by the home's key, which no database and no backup holds.
-- `seal` names that key; null: still in plain, and sealed when the program next starts.
alter table secret_key add column seal text;

-- down
-- What is sealed is of no use to an older program; it makes new keys.
delete from secret_key where seal is not null;
alter table secret_key drop column seal;
