"""Tenants: make one under a plan, list the tree, show one, set its limits, close it."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from enscene.cli._home import home_folder
from enscene.cli._pack_folders import loaded, pack_folders
from enscene.kernel.errors import Invalid
from enscene.operations.tenancy import TenantOrder, end_tenant, open_whole
from enscene.scenes.language import Pack
from enscene.storage import open_database, open_pool
from enscene.tenants import (
    LEVELS,
    Tenant,
    find_tenant,
    line_of,
    list_below,
    list_tenants,
)
from enscene.tenants.figures import read_figures
from enscene.tenants.plans import find_plan, list_steps, read_plans
from enscene.tenants.quotas import read_quotas, set_quota
from enscene.tenants.users import hash_password, new_password

NAME = "tenant"
HELP = "租户 · tenants: tenant add | list | show | limit | close"
_WHO = "enscene tenant"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what is done, to whom, and how it is to be."""
    parser.add_argument("what", choices=("add", "list", "show", "limit", "close"))
    parser.add_argument("ref", nargs="?", help="租户代号 · its ref, such as hz-school-1")
    parser.add_argument(
        "limits", nargs="*", help="额度 scenes=5 users=none · limits, for `limit`", metavar="LIMIT"
    )
    parser.add_argument("--name", help="名称 · its name")
    parser.add_argument("--parent", help="上级租户 · the ref of the tenant above it")
    parser.add_argument("--level", choices=LEVELS, help="层级 · next below its parent")
    parser.add_argument("--plan", choices=tuple(read_plans()), default="joint", help="方案 · plan")
    parser.add_argument("--manager", default="", help="服务经理 · its service manager, by name")
    parser.add_argument("--pack", help="交钥匙的场景模板 · the scene of a turnkey tenant")
    parser.add_argument("--sandbox", action="store_true", help="时钟可调 · its clock may be moved")
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Do it, and print what it came to."""
    if (arguments.what == "list") != (arguments.ref is None):
        raise Invalid("tenant add | show | limit | close REF · tenant list", param="ref")
    with open_database(home_folder()) as opened:
        told = asyncio.run(_do(opened.database.url_app, arguments))
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False, default=str))
    elif isinstance(told, list):
        for each in told:
            indent = "  " * LEVELS.index(each["level"])
            print(f"{indent}{each['ref']}  {each['name']}  {each['plan']}  {each['state']}")
    else:
        for name, value in told.items():
            print(f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}")
    return 0


async def _do(url: str, arguments: argparse.Namespace) -> Any:
    pool: Any = await open_pool(url, size_max=2, application_name=_WHO)
    try:
        match arguments.what:
            case "add":
                return await _add(pool, arguments)
            case "list":
                banks = [each for each in await list_tenants(pool) if each.parent is None]
                trees = [await list_below(pool, bank.id) for bank in banks]
                return [_told(tenant) for tree in trees for tenant in tree]
        tenant = await find_tenant(pool, arguments.ref)
        if arguments.what == "limit":
            limits = [_limit(text) for text in arguments.limits]
            if not limits:
                raise Invalid("tenant limit REF scenes=5 calls_day=none", param="limits")
            for what, most in limits:
                await set_quota(pool, tenant.id, what, most, _WHO)
        elif arguments.what == "close":
            async with pool.acquire() as connection, connection.transaction():
                await end_tenant(connection, tenant)
            tenant = await find_tenant(pool, tenant.ref)
        return await _show(pool, tenant)
    finally:
        await pool.close()


async def _add(pool: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    plan = find_plan(arguments.plan)
    pack = _pack(arguments.pack) if plan.scene or arguments.pack else None
    parent = await find_tenant(pool, arguments.parent) if arguments.parent else None
    order = TenantOrder(
        ref=arguments.ref, name=arguments.name or arguments.ref, plan=arguments.plan,
        level=arguments.level, manager=arguments.manager, pack=arguments.pack or "",
    )  # fmt: skip
    password = new_password()
    hashed = None if pack is None else await hash_password(password)
    opened = await open_whole(
        pool, order, who=_WHO, parent=parent, pack=pack, hashed=hashed, sandbox=arguments.sandbox
    )
    told = _told(opened.tenant)
    if opened.pack is not None and opened.owner is not None:
        told |= {"scene": opened.pack.id, "pages": list(opened.pack.pages),
                 "login": opened.owner.login_name, "password": password}  # fmt: skip
    return told


async def _show(pool: Any, tenant: Tenant) -> dict[str, Any]:
    (figures,) = await read_figures(pool, [tenant])
    steps = await list_steps(pool, [tenant.id])
    line = await line_of(pool, tenant.id)
    quotas = await read_quotas(pool, tenant.id)
    return _told(tenant) | {
        "line": [each.ref for each in reversed(line)],
        "quotas": {each.what: {"most": each.most, "used": each.used} for each in quotas},
        "live": figures.live, "calls_today": figures.calls, "errors_today": figures.errors,
        "packs": figures.packs,
        "steps": [
            {"kind": step.kind, "title": step.title, "due": step.due, "done": step.done_at}
            for step in steps
        ],
    }  # fmt: skip


def _told(tenant: Tenant) -> dict[str, Any]:
    return {
        "ref": tenant.ref, "name": tenant.name, "level": tenant.level_name, "plan": tenant.plan,
        "manager": tenant.manager, "state": tenant.state,
    }  # fmt: skip


def _limit(text: str) -> tuple[str, int | None]:
    what, equals, most = text.partition("=")
    if equals and most == "none":
        return what, None
    if not equals or not (most.isascii() and most.isdigit() and len(most) <= 12):
        raise Invalid(f"{text[:40]!r}：应为 scenes=5 · write scenes=5 or scenes=none", param=what)
    return what, int(most)


def _pack(name: str | None) -> Pack:
    folders = {folder.name: folder for folder in pack_folders()}
    if name is None or name not in folders:
        raise Invalid(
            "须用 --pack 选场景模板 · choose its scene with --pack",
            param="pack",
            hint=", ".join(sorted(folders)),
        )
    pack = loaded(folders[name])
    if pack is None:
        raise Invalid(f"{name}: 模板有误 · the pack has mistakes", param="pack")
    return pack
