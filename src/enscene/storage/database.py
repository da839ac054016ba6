"""The address of a database, once for each role that works in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

OWNER_ROLE = "enscene_owner"
APP_ROLE = "enscene_app"
ADMIN_ROLE = "enscene_admin"


@dataclass(frozen=True, kw_only=True)
class Database:
    """One database. `url_app` is for the program: an ordinary role under row-level security.

    `url_owner` is for migrations alone. `url_admin` exists only for a server of our own.
    """

    url_app: str
    url_owner: str
    url_admin: str | None = None
    schema: str = "public"

    def named(self, name: str) -> Database:
        """Return the same server and roles with another database name."""
        return replace(
            self,
            url_app=with_database(self.url_app, name),
            url_owner=with_database(self.url_owner, name),
            url_admin=with_database(self.url_admin, name) if self.url_admin else None,
        )

    @property
    def name(self) -> str:
        """The database's name on its server."""
        return urlsplit(self.url_app).path.lstrip("/")


@dataclass(frozen=True, kw_only=True)
class LoginUrls:
    """How to reach a server: by its socket folder when there is one, else over loopback."""

    port: int
    socket_folder: Path | None = None
    options: tuple[tuple[str, str], ...] = ()

    def url(self, role: str, password: str, database: str) -> str:
        """Return the address for a role, in the form that asyncpg and libpq share."""
        login = f"{quote(role)}:{quote(password)}"
        query = dict(self.options)
        if self.socket_folder is None:
            place = f"{login}@127.0.0.1:{self.port}"
        else:
            place = f"{login}@"
            query |= {"host": str(self.socket_folder), "port": str(self.port)}
        tail = f"?{urlencode(query, safe='/')}" if query else ""
        return f"postgresql://{place}/{quote(database)}{tail}"


def with_database(url: str, name: str) -> str:
    """Return the address with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def new_password() -> str:
    """Return a password that nobody types."""
    return secrets.token_hex(24)
