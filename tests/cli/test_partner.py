"""Registering a partner's application from the command line."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OKPKey

from enscene.cli import partner
from enscene.kernel.errors import Invalid, NotFound
from enscene.storage import Database
from enscene.tenants import create_tenant

KEY = OKPKey.generate_key("Ed25519", {"kid": "shop"}).as_dict(private=False)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    partner.add_arguments(parser)
    return parser.parse_args(words)


async def test_an_application_is_registered_and_listed(
    pool: Any, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    await create_tenant(pool, "sandbox", "Sandbox", sandbox=True)
    order = parsed("add", "shop", "--party", "till", "--scope", "scene:canteen:*")
    (app,) = await partner._run(database.url_app, order, [KEY])
    assert (app.client_id, app.level, app.party) == ("sandbox.shop", "A2", "till")
    said = capsys.readouterr().err
    assert "there is no scene canteen yet" in said  # it may be a slip of the pen
    assert "there is no party till yet" in said
    (listed,) = await partner._run(database.url_app, parsed("list"), None)
    assert listed.client_id == "sandbox.shop"


async def test_how_it_signs_is_registered(pool: Any, database: Database, tmp_path: Path) -> None:
    await create_tenant(pool, "sandbox", "Sandbox", sandbox=True)
    path = tmp_path / "shop.jwks"
    path.write_text(json.dumps({"keys": [KEY, KEY | {"kid": "next"}]}), encoding="utf-8")
    order = parsed("add", "shop", "--scope", "scene:canteen:*", "--signing", "message")
    (app,) = await partner._run(database.url_app, order, partner._read_keys(path))
    assert app.signing == "message"
    assert [jwk["kid"] for jwk in app.jwks] == ["shop", "next"]


async def test_an_unknown_tenant_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        await partner._run(database.url_app, parsed("list", "--tenant", "nobody"), None)


def test_without_a_key_it_says_what_is_needed() -> None:
    with pytest.raises(Invalid, match="--key"):
        partner.run(parsed("add", "shop", "--scope", "scene:canteen:*"))


def test_a_file_that_is_no_jwk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "shop.jwk"
    order = parsed("add", "shop", "--key", str(path), "--scope", "scene:canteen:*")
    for text in ("not json", "[]", '{"keys": 1}', '{"keys": ["x"]}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(Invalid, match=r"shop\.jwk"):
            partner.run(order)


def test_a_key_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    order = parsed("add", "shop", "--key", str(tmp_path / "no"), "--scope", "scene:canteen:*")
    with pytest.raises(Invalid, match="cannot read the key"):
        partner.run(order)
