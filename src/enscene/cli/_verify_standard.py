"""All running scenes against the present standard, and on what they run."""

from __future__ import annotations

import asyncio
from typing import Any

from enscene.cli._home import home_folder
from enscene.cli._pack_folders import PACKS
from enscene.kernel.clock import format_time
from enscene.operations import Templates
from enscene.operations.standard import Standard, check_standard
from enscene.shelf import standard_shelf
from enscene.storage import open_database, open_pool
from enscene.tenants import list_tenants


def verify_standard() -> Standard:
    """Check the scenes of every tenant of this installation."""
    with open_database(home_folder()) as opened:
        return asyncio.run(_check(opened.database.url_app))


async def _check(url: str) -> Standard:
    pool: Any = await open_pool(url, size_max=2, application_name="enscene verify standard")
    try:
        templates = await Templates.load(PACKS)
        return await check_standard(pool, await list_tenants(pool), templates, standard_shelf())
    finally:
        await pool.close()


def as_report(found: Standard) -> dict[str, Any]:
    """The report as JSON tells it."""
    return {
        "scenes": found.scenes,
        "conform": found.conform,
        "tenants": found.tenants,
        "platform": found.platform,
        "deviations": [
            {"tenant": each.tenant, "scene": each.scene, "pack": each.pack, "kind": each.kind,
             "what": each.what, "note": each.is_note,
             "since": None if each.since is None else format_time(each.since)}
            for each in found.deviations
        ],
        "stack": [
            {"kind": each.kind, "name": each.name, "version": each.version,
             "scenes": each.scenes, "tenants": each.tenants}
            for each in found.used
        ],
    }  # fmt: skip


def said(found: Standard) -> list[str]:
    """The report in lines, as people read it."""
    mark = "✓" if found.conform == found.scenes else "✗"
    first = f"{mark} {found.conform} / {found.scenes}  符合标准的场景 · scenes that conform"
    told = [
        f"{'~' if each.is_note else '✗'} {each.tenant}/{each.scene}  {each.kind}  {each.what}  "
        f"{'?' if each.since is None else format_time(each.since)}"
        for each in found.deviations
    ]
    stack = "  ".join(f"{name} {version}" for name, version in found.platform.items())
    return [first, *told, stack]
