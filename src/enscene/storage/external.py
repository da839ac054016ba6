"""An existing PostgreSQL: checked for version, encryption and roles before anything is written."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from enscene.storage.cluster.binaries import MAJOR_MIN
from enscene.storage.database import APP_ROLE, Database, new_password
from enscene.storage.engine import connect
from enscene.storage.errors import MISCONFIGURED, StorageFault

_ENCRYPTED = ("require", "verify-ca", "verify-full")


def open_external(url: str, home: Path) -> Database:
    """Return the database at `url`, whose role owns the tables.

    The program works as another, ordinary role: the one of ENSCENE_DATABASE_APP_URL, else
    `enscene_app`, made here when the owner may create roles; its password stays in `home`.
    Raises: StorageFault for an old server, a plain connection, a missing or too powerful role.
    """
    owner = require_encryption(url)
    named = os.environ.get("ENSCENE_DATABASE_APP_URL")
    app = require_encryption(named) if named else None
    return asyncio.run(_open(owner, app, home))


def require_encryption(url: str) -> str:
    """Return the address with TLS demanded; loopback and sockets may go without.

    Raises: StorageFault for another scheme, or where TLS is switched off for a remote host.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise _wrong("必须以 postgresql:// 开头", "must begin with postgresql://")
    query = dict(parse_qsl(parts.query))
    host = query.get("host") or parts.hostname or "localhost"
    mode = query.get("sslmode")
    if mode in _ENCRYPTED or (_is_near(host) and mode is not None):
        return url
    if mode is not None:
        raise _wrong(
            f"远程数据库必须使用 TLS，不能用 sslmode={mode}",
            f"a remote database needs TLS, not sslmode={mode}",
        )
    query["sslmode"] = "prefer" if _is_near(host) else "verify-full"
    return urlunsplit(parts._replace(query=urlencode(query, safe="/")))


def _is_near(host: str) -> bool:
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _open(owner_url: str, app_url: str | None, home: Path) -> Database:
    owner = await connect(owner_url)
    try:
        # 150000 is 15.0: the number counts the major version in ten thousands.
        if int(await owner.fetchval("show server_version_num")) < MAJOR_MIN * 10_000:
            found = await owner.fetchval("show server_version")
            raise StorageFault(
                f"数据库版本过旧：PostgreSQL {found}，需要 {MAJOR_MIN} 以上",
                f"the database is PostgreSQL {found}, {MAJOR_MIN} or later is needed",
                exit_code=MISCONFIGURED,
            )
        if app_url is None:
            app_url = await _app_url(owner, owner_url, home)
    finally:
        await owner.close()
    await _check_app_role(app_url)
    return Database(url_app=app_url, url_owner=owner_url)


async def _app_url(owner: asyncpg.Connection[asyncpg.Record], owner_url: str, home: Path) -> str:
    """Return the application's address; make its role when it does not exist yet."""
    parts = urlsplit(owner_url)
    query = dict(parse_qsl(parts.query))
    server = f"{query.get('host') or parts.hostname}:{query.get('port') or parts.port}"
    notes = _read_notes(home)
    # A role belongs to the whole server: another database of it has the one that was made before.
    known = [place for place in notes if place == server or place.startswith(f"{server}/")]
    password = notes[known[0]] if known else None
    if password is None:
        password = new_password()
        try:
            await owner.execute(f"create role {APP_ROLE} login password '{password}'")
        except asyncpg.PostgresError as error:
            raise _wrong(
                f"无法建立应用账号 {APP_ROLE}，请设置 ENSCENE_DATABASE_APP_URL",
                f"the role {APP_ROLE} cannot be made ({error}): set ENSCENE_DATABASE_APP_URL",
            ) from error
        notes[server] = password
        _write_notes(home, notes)
    name = await owner.fetchval("select quote_ident(current_database())")
    await owner.execute(f"grant connect on database {name} to {APP_ROLE}")
    address = parts.netloc.rpartition("@")[2]
    login = f"{APP_ROLE}:{quote(password)}"
    return urlunsplit(parts._replace(netloc=f"{login}@{address}"))


def _read_notes(home: Path) -> dict[str, str]:
    path = home / "external.json"
    notes: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    return notes


def _write_notes(home: Path, notes: dict[str, str]) -> None:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "external.json"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(notes, file)


async def _check_app_role(app_url: str) -> None:
    """Raise a StorageFault when row-level security would not bind the application's role."""
    app = await connect(app_url)
    try:
        role = await app.fetchrow(
            "select rolname, rolsuper or rolbypassrls as free from pg_roles"
            " where rolname = current_user"
        )
    finally:
        await app.close()
    if role is not None and role["free"]:
        raise _wrong(
            f"应用账号 {role['rolname']} 会绕过行级安全，请换普通账号",
            f"the role {role['rolname']} bypasses row-level security, name an ordinary one",
        )


def _wrong(chinese: str, english: str) -> StorageFault:
    return StorageFault(
        f"ENSCENE_DATABASE_URL：{chinese}",
        f"ENSCENE_DATABASE_URL: {english}",
        exit_code=MISCONFIGURED,
    )
