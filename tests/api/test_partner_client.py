"""The example of docs/api.md runs as it stands, in a process of its own, against a real server."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from enscene.api import ApiSettings, create_app, serving
from enscene.tenants.apps import register_app

EXAMPLE = Path(__file__).parents[2] / "examples" / "partner_client" / "partner.py"


async def run(*arguments):
    """Exit code, stdout and stderr of the example."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), *map(str, arguments),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_a_partner_makes_a_key_gets_a_token_and_pays_a_meal(world, tmp_path):
    key = tmp_path / "shop.pem"
    code, out, err = await run("new-key", key)
    assert code == 0, err
    await register_app(
        world.pool, world.tenant, "shop", title="Shop", party="till", level="A2",
        scopes=["scene:canteen:pay_by_code"], jwks=[json.loads(out)],
    )  # fmt: skip
    await world.top_up("ann", "20.00")
    gateway = create_app(world.host, world.pool, ApiSettings(issuer="http://bank.example"))
    async with serving(gateway, port=0) as address:
        pay = ("pay", "--base", address, "--client", "bank.shop", "--key", key, "--diner", "ann")
        code, out, err = await run(*pay, "--price", "12.00")
        assert code == 0, err
        assert json.loads(out)["total"] == "12.00"
        code, _, err = await run(*pay, "--price", "12.00")
        assert code != 0
        assert "ledger.insufficient_funds" in err
    assert await world.balance("wallet", "ann") == "8.00"
