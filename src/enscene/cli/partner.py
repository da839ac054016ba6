"""Register a partner's application."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path
from typing import Any

from enscene.cli._home import home_folder
from enscene.kernel.errors import Invalid
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
    parser.add_argument("--key", type=Path, help="公钥 JWK 文件 · file of its public key, a JWK")
    parser.add_argument("--party", help="代表的参与方 · the party it acts for, such as terminal-1")
    parser.add_argument(
        "--scope", action="append", default=[], help="权限，可多次 · such as scene:smart_canteen:*"
    )
    parser.add_argument("--level", choices=("A1", "A2"), default="A2", help="JR/T 0185")


def run(arguments: argparse.Namespace) -> int:
    """Register it and print its client id, or list those of a tenant."""
    jwk = None
    if arguments.what == "add":
        if not arguments.name or not arguments.key or not arguments.scope:
            raise Invalid(
                "需要应用名、--key 和 --scope · a name, --key and --scope are needed",
                hint="./enscene partner add shop --key shop.jwk --party terminal-1 "
                "--scope 'scene:smart_canteen:*'",
            )
        jwk = _read_key(arguments.key)
    with open_database(home_folder()) as opened:
        apps = asyncio.run(_run(opened.database.url_app, arguments, jwk))
    for app in apps:
        print(f"{app.client_id}  {app.level}  {app.party or '-'}  {' '.join(app.scopes)}")
    return 0


def _read_key(path: Path) -> dict[str, Any]:
    try:
        key: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"{path}: 不是 JWK · not a JWK ({error})", param="key") from None
    return key


async def _run(url: str, arguments: argparse.Namespace, jwk: dict[str, Any] | None) -> list[App]:
    pool = await open_pool(url, size_max=2, application_name="enscene partner")
    try:
        tenant = await find_tenant(pool, arguments.tenant)
        if jwk is None:
            return await list_apps(pool, tenant.id)
        app = await register_app(
            pool, tenant, arguments.name, title=arguments.name, scopes=arguments.scope,
            jwks=[jwk], party=arguments.party, level=arguments.level,
        )  # fmt: skip
        return [app]
    finally:
        await pool.close()
