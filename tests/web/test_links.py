"""No page of the console leads its reader to where they may not go."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest

from enscene.tenants.users import create_user, log_in
from enscene.web import ConsoleSettings, create_console
from enscene.web.console import COOKIE
from lending import Lending, open_lending
from web.test_workbench import PASSWORD, desk_of, task_of

PACKS = Path(__file__).parents[2] / "packs"
ROLES = ("auditor", "approver", "scene_team", "manager", "partner")
MOST = 160
"""Pages looked at by each; the same page with another filter counts once."""
NOT_OURS = ("/docs", "/static", "/assets", "/language", "/h5", "/openapi.json")


@pytest.fixture
async def lending(pool: Any) -> AsyncIterator[Lending]:
    async with open_lending(pool) as found:
        for role in ROLES:
            await create_user(
                pool, found.trip.tenant, role, name=role, password=PASSWORD, roles=[role],
                party="site" if role == "partner" else None,
            )  # fmt: skip
        await found.trip.book("ann", "B1", "3600.00")
        await found.trip.book("ann", "B2", "3600.00")
        await found.trip.decisions()
        await found.decide("B1")
        told = await found.decide("B2")
        assert told["state"] == "referred"
        yield found


def links_of(page: str) -> list[str]:
    """Addresses of the console that a page links to, without their filters."""
    found = (unescape(link).partition("#")[0].partition("?")[0] for link in
             re.findall(r'<a[^>]* href="(/[^"]*)"', page))  # fmt: skip
    return [link for link in found if link and not link.startswith(NOT_OURS)]


@pytest.mark.parametrize("role", ROLES)
async def test_every_link_opens(lending: Lending, role: str) -> None:
    app = create_console(lending.trip.host, lending.trip.pool, ConsoleSettings(packs=PACKS))
    session = await log_in(lending.trip.pool, f"{role}@bank", PASSWORD)
    seen: set[str] = set()
    waiting = [("/", "the door")]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bank.test", follow_redirects=True,
        cookies={COOKIE: session.token},
    ) as client:  # fmt: skip
        while waiting and len(seen) < MOST:
            path, origin = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = await client.get(path)
            assert answer.status_code == 200, f"{role}: {path} on {origin}"
            waiting += [(link, path) for link in links_of(answer.text)]
    assert seen >= {"/"}
    if role == "auditor":
        assert {"/workbench", "/applications", "/shelf", "/shelf/gaps"} <= seen
    await app.state.console.close()


async def test_a_task_is_a_link_for_managers_alone(lending: Lending) -> None:
    manager = (await (await desk_of(lending, "manager")).get("/workbench")).text
    path = f"/workbench/{task_of(manager)}"
    auditor = await desk_of(lending, "auditor")
    page = (await auditor.get("/workbench")).text
    assert re.findall(r"/workbench/[0-9a-f-]{36}", page) == []
    assert "海边三日" in page or "ann" in page  # the task itself is there
    assert (await auditor.get(path)).status_code == 403
