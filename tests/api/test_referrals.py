"""A code of one's own and the code by which one came, over HTTP."""

from __future__ import annotations

from typing import Any

from api.conftest import World

PATH = "/v1/canteen/referrals"
ACTS: dict[str, Any] = {"role": "diner"}


async def test_a_code_is_given_and_brings_somebody(world: World) -> None:
    empty = (await world.h5.get(f"{PATH}/code", party="ann", **ACTS)).json()
    assert empty == {"code": None, "came": 0, "left": 20, "days": 30}
    given = await world.h5.put(f"{PATH}/code", party="ann", **ACTS)
    assert given.status_code == 200, given.text
    code = given.json()["code"]
    claimed = await world.h5.put(f"{PATH}/claims/{code}", party="bob", key="once", **ACTS)
    assert claimed.json() == {"code": code, "scene": "canteen"}
    again = await world.h5.put(f"{PATH}/claims/{code}", party="bob", key="once", **ACTS)
    assert again.json() == claimed.json()
    told = (await world.h5.get(f"{PATH}/code", party="ann", **ACTS)).json()
    assert told == {"code": code, "came": 1, "left": 19, "days": 30}


async def test_what_is_refused_says_why(world: World) -> None:
    code = (await world.h5.put(f"{PATH}/code", party="ann", **ACTS)).json()["code"]
    own = await world.h5.put(f"{PATH}/claims/{code}", party="ann", **ACTS)
    assert (own.status_code, own.json()["code"]) == (422, "referral.own")
    await world.top_up("cyd", "10.00")
    known = await world.h5.put(f"{PATH}/claims/{code}", party="cyd", **ACTS)
    assert (known.status_code, known.json()["code"]) == (422, "referral.known")
    for bad in ("x", "0" * 16, code.upper() + "0"):
        answer = await world.h5.put(f"{PATH}/claims/{bad}", party="bob", **ACTS)
        assert (answer.status_code, answer.json()["code"]) == (404, "referral.not_found"), bad
    off = await world.h5.put(
        "/v1/canteen/consents/ann/recommendations", {"granted": False}, party="ann", **ACTS
    )
    assert off.status_code == 200, off.text
    none = await world.h5.put(f"{PATH}/code", party="ann", **ACTS)
    assert (none.status_code, none.json()["code"]) == (422, "referral.no_consent")
    merchant = await world.hall.put(f"{PATH}/code")
    assert (merchant.status_code, merchant.json()["code"]) == (403, "party.not_own")
    assert (await world.h5.post(f"{PATH}/code", party="ann", **ACTS)).status_code == 405
    assert (await world.h5.get(f"{PATH}/claims/{code}", party="ann", **ACTS)).status_code == 405
    assert (await world.h5.get(PATH, party="ann", **ACTS)).status_code == 404
