"""Register a partner's application."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from enscene.cli._home import home_folder
from enscene.commit import admit
from enscene.customers import find_parties
from enscene.kernel.errors import Invalid
from enscene.operations import list_scenes
from enscene.storage import open_database, open_pool
from enscene.tenants import find_tenant
from enscene.tenants.apps import App, list_apps, register_app

NAME = "partner"
HELP = "登记伙伴应用 · register a partner's application: partner add | list"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add who it is and what it may do."""
    parser.add_argument("what", choices=("add", "list"))
    parser.add_argument("name", nargs="?", help="应用名 · the application's name, such as shop")
    parser.add_argument("--tenant", default="sandbox", help="租户 · the tenant (sandbox)")
    parser.add_argument(
        "--key",
        type=Path,
        help="公钥 JWK 文件，可为 JWKS · file of its public key, a JWK or a JWKS",
    )
    parser.add_argument("--party", help="代表的参与方 · the party it acts for, such as terminal-1")
    parser.add_argument(
        "--scope", action="append", default=[], help="权限，可多次 · such as scene:smart_canteen:*"
    )
    parser.add_argument(
        "--redirect", action="append", default=[],
        help="客户授权后返回的地址，可多次 · where customers are led back to",
    )  # fmt: skip
    parser.add_argument(
        "--binding",
        choices=("none", "dpop", "mtls"),
        help="令牌绑定 · what its tokens are bound to (DPoP for A2 outside sandboxes)",
    )
    parser.add_argument(
        "--signing", choices=("none", "message", "gateway"), default="none",
        help="请求签名 · how it signs its requests (docs/signatures.md)",
    )  # fmt: skip
    parser.add_argument("--level", choices=("A1", "A2"), default="A2", help="JR/T 0185")


def run(arguments: argparse.Namespace) -> int:
    """Register it and print its client id, or list those of a tenant."""
    jwks = None
    if arguments.what == "add":
        if not arguments.name or not arguments.key or not arguments.scope:
            raise Invalid(
                "需要应用名、--key 和 --scope · a name, --key and --scope are needed",
                hint="./enscene partner add shop --key shop.jwk --party terminal-1 "
                "--scope 'scene:smart_canteen:*'",
            )
        jwks = _read_keys(arguments.key)
    with open_database(home_folder()) as opened:
        apps = asyncio.run(_run(opened.database.url_app, arguments, jwks))
    for app in apps:
        signs = "" if app.signing == "none" else f"  {app.signing}"
        print(f"{app.client_id}  {app.level}{signs}  {app.party or '-'}  {' '.join(app.scopes)}")
    return 0


def _read_keys(path: Path) -> list[dict[str, Any]]:
    """One key, or all of a set of keys."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Invalid(
            f"读不到公钥文件 · cannot read the key: {path} ({error.strerror})", param="key"
        ) from None
    try:
        told = json.loads(text)
    except ValueError as error:
        raise Invalid(f"{path}: 不是 JWK · not a JWK ({error})", param="key") from None
    keys = told.get("keys", [told]) if isinstance(told, dict) else None
    if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
        raise Invalid(f"{path}: 不是 JWK · not a JWK", param="key")
    return keys


async def _run(
    url: str, arguments: argparse.Namespace, jwks: list[dict[str, Any]] | None
) -> list[App]:
    pool = await open_pool(url, size_max=2, application_name="enscene partner")
    try:
        tenant = await find_tenant(pool, arguments.tenant)
        if jwks is None:
            return await list_apps(pool, tenant.id)
        app = await register_app(
            pool, tenant, arguments.name, title=arguments.name, scopes=arguments.scope,
            jwks=jwks, party=arguments.party, level=arguments.level,
            redirect_uris=arguments.redirect, token_binding=arguments.binding,
            signing=arguments.signing,
        )  # fmt: skip
        for line in await _not_there_yet(pool, tenant.id, arguments):
            print(line, file=sys.stderr)
        return [app]
    finally:
        await pool.close()


async def _not_there_yet(pool: Any, tenant: int, arguments: argparse.Namespace) -> list[str]:
    """What was named and is not there. It may come later, or be mistyped: said, not refused."""
    known = {card.ref for card in await list_scenes(pool, tenant)}
    lines = []
    for scope in arguments.scope:
        kind, _, rest = scope.partition(":")
        scene = rest.partition(":")[0]
        if kind == "scene" and scene not in known:
            lines.append(f"注意：还没有场景 {scene} · note: there is no scene {scene} yet")
    party = arguments.party
    if party is not None:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            if not await find_parties(connection, tenant, [party]):
                lines.append(f"注意：还没有参与方 {party} · note: there is no party {party} yet")
    return lines
