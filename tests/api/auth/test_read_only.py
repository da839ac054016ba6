"""While the database takes no writes a proof is still good once, and for one process alone."""

from __future__ import annotations

from typing import Any

from api.auth.bank import Flow, proof
from api.partner import ISSUER
from enscene.api import ApiSettings, create_app
from enscene.scenes.runtime import SceneHost
from enscene.storage import Database
from readonly import read_only

PATH = "/v1/canteen/accounts/wallet/ann"


async def test_a_proof_is_not_taken_twice_by_a_process_nor_by_another(
    flow: Flow, world: Any, database: Database
) -> None:
    partner = await world.partner("bound", token_binding="dpop", scopes=["scene:canteen:*"],
                                  level="A2", party="BANK")  # fmt: skip
    mine = Flow(world, partner)
    form: dict[str, str | None] = {"grant_type": "client_credentials"}
    token = (await mine.token(form)).json()["access_token"]
    other = create_app(SceneHost(world.pool), world.pool, ApiSettings(issuer=ISSUER))
    async with read_only(database, world.pool):
        first = await mine.call(token, PATH)
        assert first.status_code == 401
        nonce = first.headers["dpop-nonce"]
        good = proof("GET", f"{ISSUER}{PATH}", token, key=mine.key, nonce=nonce)
        assert (await mine.call(token, PATH, dpop=good)).status_code == 200
        assert (await mine.call(token, PATH, dpop=good)).status_code == 401
        there = Flow(world, type(partner)(other, partner.app, token), key=mine.key)
        assert (await there.call(token, PATH)).status_code == 401  # it finds out
        assert (await there.call(token, PATH, dpop=good)).status_code == 401
        refused = await mine.token(form)
        assert refused.status_code == 503
    # As soon as proofs can be noted again no nonce is wanted.
    fresh = proof("GET", f"{ISSUER}{PATH}", token, key=mine.key, nonce=nonce)
    assert (await mine.call(token, PATH, dpop=fresh)).status_code == 200
    assert (await mine.call(token, PATH)).status_code == 200
    await other.close()
