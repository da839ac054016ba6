"""A database that others run is checked before anything is written to it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from enscene.storage import Database, StorageFault, connect, external
from enscene.storage.external import open_external, require_encryption
from testserver import TestServer


def test_remote_address_gets_verified_tls() -> None:
    """Without a word about TLS, certificate and host name of a remote server are verified."""
    url = require_encryption("postgresql://u:p@db.bank.example/enscene")
    assert url.endswith("?sslmode=verify-full")


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_plain_connection_to_a_remote_server_is_refused(mode: str) -> None:
    """Modes that may end up without TLS are for loopback alone."""
    with pytest.raises(StorageFault, match="needs TLS"):
        require_encryption(f"postgresql://u:p@db.bank.example/enscene?sslmode={mode}")
    near = f"postgresql://u:p@127.0.0.1/enscene?sslmode={mode}"
    assert require_encryption(near) == near


def test_other_scheme_is_refused() -> None:
    """Only addresses of PostgreSQL are taken."""
    with pytest.raises(StorageFault, match="must begin with"):
        require_encryption("mysql://u:p@localhost/enscene")


def test_all_powerful_role_is_refused(
    shared_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A superuser would see through row-level security, so the program does not work as one."""
    assert shared_database.url_admin is not None
    monkeypatch.setenv("ENSCENE_DATABASE_APP_URL", shared_database.url_admin)
    with pytest.raises(StorageFault, match="bypasses row-level security"):
        open_external(shared_database.url_owner, tmp_path)


def test_owner_without_rights_needs_a_second_address(
    shared_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An owner that may not create roles is told to name the application's address."""
    monkeypatch.delenv("ENSCENE_DATABASE_APP_URL", raising=False)
    with pytest.raises(StorageFault, match="set ENSCENE_DATABASE_APP_URL"):
        open_external(shared_database.url_owner, tmp_path)


def test_ordinary_roles_are_taken(
    shared_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Owner and application by address give the database."""
    monkeypatch.setenv("ENSCENE_DATABASE_APP_URL", shared_database.url_app)
    database = open_external(shared_database.url_owner, tmp_path)
    assert database.name == shared_database.name
    assert database.url_admin is None


def test_unreachable_server_is_one_line(tmp_path: Path) -> None:
    """Nobody listening is told in one line."""
    with pytest.raises(StorageFault) as fault:
        open_external("postgresql://u:p@127.0.0.1:1/enscene", tmp_path)
    assert "\n" not in fault.value.detail


async def test_one_role_serves_every_database_of_a_server(
    test_server: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made with the first one; another home does not know its password and is told what to do."""
    monkeypatch.delenv("ENSCENE_DATABASE_APP_URL", raising=False)
    monkeypatch.setattr(external, "APP_ROLE", "enscene_app_of_test")
    async with test_server.clone() as one, test_server.clone() as two:
        urls = [database.url_admin or "" for database in (one, two)]
        try:
            for url in (*urls, urls[0]):
                database = await asyncio.to_thread(open_external, url, tmp_path)
                app = await connect(database.url_app)
                assert await app.fetchval("select current_user") == "enscene_app_of_test"
                assert await app.fetchval("select current_database()") == database.name
                await app.close()
            assert len(json.loads((tmp_path / "external.json").read_text())) == 1
            assert (tmp_path / "external.json").stat().st_mode & 0o777 == 0o600
            with pytest.raises(StorageFault, match="ENSCENE_DATABASE_APP_URL"):
                await asyncio.to_thread(open_external, urls[1], tmp_path / "elsewhere")
        finally:
            for url in urls:
                admin = await connect(url)
                await admin.execute("drop owned by enscene_app_of_test")
                if url == urls[1]:
                    await admin.execute("drop role enscene_app_of_test")
                await admin.close()
