-- up
-- How an application signs what it asks: not at all, by RFC 9421, or as the gateway has it.
alter table app add signing text not null default 'none'
  check (signing in ('none', 'message', 'gateway'));

-- down
alter table app drop signing;
