-- up
-- How a partner's program signs, and where its customers are led back to: of the sandbox's
-- application and of the live one alike.
alter table partner
  add column redirect_uris text[] not null default '{}',
  add column signing text check (signing in ('none', 'message', 'gateway'));

-- down
alter table partner drop column signing, drop column redirect_uris;
