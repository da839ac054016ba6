"""A certified relying-party library goes the whole way against a server on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from api.auth.bank import BACK, Flow, registered
from api.partner import KEY
from enscene.api import ApiSettings, create_app, serving
from enscene.customers.authorizations import SentCode, allow_request
from enscene.tenants.apps import register_app

ROOT = Path(__file__).parents[3]
SCRIPTS = Path(__file__).parent / "openid_client"
PATIENCE_S = 120
SCOPE = "scene:canteen:accounts.read scene:canteen:things.read"
DETAILS = [
    {
        "type": "enscene_consent", "scene": "canteen", "purpose": "account_view", "days": 30,
        "things": {"meal": ["price"]}, "accounts": ["wallet"],
    }
]  # fmt: skip


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library and the script; without node and npm the test is skipped."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("there is no node on this machine")
    folder = tmp_path_factory.mktemp("openid_client")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(SCRIPTS / "flow.mjs", folder / "flow.mjs")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=PATIENCE_S, check=False)
    if done.returncode != 0:
        pytest.skip("the packages of the lock cannot be fetched")
    return folder


@pytest.fixture
async def served(world: Any) -> AsyncIterator[str]:
    """The same bank at an address of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    app = create_app(world.host, world.pool, ApiSettings(issuer=f"http://127.0.0.1:{port}"))
    async with serving(app, port=port) as url:
        yield url


async def test_openid_client_completes_the_flow(
    world: Any, flow: Flow, served: str, library: Path
) -> None:
    await world.top_up("ann", "8.00")
    await register_app(
        world.pool, world.tenant, "node_app", title="Node", **registered(rate=1000, burst=1000)
    )
    given = {
        "issuer": served, "client_id": "bank.node_app", "key": KEY.as_dict(private=True),
        "redirect_uri": BACK, "scope": SCOPE, "details": DETAILS,
        "resource": f"{served}/v1/canteen/accounts/wallet/ann",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        "node", "flow.mjs", cwd=library, env={**os.environ, "GIVEN": json.dumps(given)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    told: dict[str, Any] = {}
    try:
        async with asyncio.timeout(PATIENCE_S):
            async for line in process.stdout:
                said = json.loads(line)
                told[said["what"]] = said["value"]
                if said["what"] == "open":
                    back = await _answered(world, flow, said["value"])
                    process.stdin.write(f"{back}\n".encode())
                    await process.stdin.drain()
            assert process.stderr is not None
            errors = (await process.stderr.read()).decode()
            assert await process.wait() == 0, errors
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert told["token"]["party"] == "ann"
    assert told["token"]["type"].lower() == "dpop"
    for name in ("balance", "renewed"):
        assert told[name]["status"] == 200
        assert told[name]["body"]["balance"] == "8.00"
    assert (told["active"], told["revoked"]) == (True, False)


async def _answered(world: Any, flow: Flow, address: str) -> str:
    """What the browser does, and the customer in it."""
    parts = urlsplit(address)
    assert {part.partition("=")[0] for part in parts.query.split("&")} == {
        "client_id", "request_uri",
    }  # fmt: skip
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(address)
    assert answer.status_code == 303
    request = UUID(answer.headers["location"].rpartition("/")[2])
    return await allow_request(
        world.pool, world.tenant.id, request, party="ann", customer=await world.number("ann"),
        factor=SentCode(await flow.factor(request)),
    )  # fmt: skip
