"""The clients in docs/signatures.md do what the page says, and take nothing that was bent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.gateway_profile.caller import RSA
from api.gateway_profile.caller import registered as at_the_gateway
from api.partner import ISSUER
from api.signatures.signer import ED
from enscene.kernel import controls

PAGE = Path(__file__).parents[3] / "docs" / "signatures.md"


def client(number: int) -> dict[str, Any]:
    """What a block of the page defines."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 2
    space: dict[str, Any] = {}
    exec(blocks[number], space)
    return space


async def test_the_client_of_messages(world: Any, signing_till: Any) -> None:
    own = client(0)
    jwks = (await signing_till.http.get("/oauth/jwks")).json()["keys"]
    url = f"{ISSUER}/v1/canteen/actions/pay_by_code"
    body = json.dumps({"ticket": "doc-1", "diner": "ann", "price": "5.00"}).encode()
    headers = {
        "authorization": f"Bearer {signing_till.token}", "idempotency-key": "doc-1",
        "content-type": "application/json",
    }  # fmt: skip
    sent = own["signed"](ED.private_key, "ed", "POST", url, headers, body)
    answer = await signing_till.http.post(url, content=body, headers=sent)
    assert answer.status_code == 200, answer.text
    good = ("POST", url, sent, 200, dict(answer.headers), answer.content)
    assert own["checked"](jwks, *good) == answer.content
    for number, other in ((0, "PUT"), (1, f"{url}?x"), (2, sent | {"signature": "sig=:AAAA:"}),
                          (3, 201), (5, b"{}")):  # fmt: skip
        bent = [*good[:number], other, *good[number + 1 :]]
        with pytest.raises(ValueError, match=r"sign|answer|body"):
            own["checked"](jwks, *bent)
    reading = f"{ISSUER}/v1/canteen/things/meal?limit=1"
    token = {"authorization": headers["authorization"]}
    sent = own["signed"](ED.private_key, "ed", "GET", reading, token)
    answer = await signing_till.http.get(reading, headers=sent)
    assert answer.status_code == 200
    own["checked"](jwks, "GET", reading, sent, 200, dict(answer.headers), answer.content)


async def test_the_client_of_the_gateway(world: Any) -> None:
    own = client(1)
    await world.top_up("ann", "50.00")
    partner = await world.partner("doc_till", party="till", **at_the_gateway())
    content = {"ticket": "doc-2", "diner": "ann", "price": "5.00"}
    sent = own["gateway_call"](
        RSA.private_key, partner.app.client_id, "canteen.pay_by_code", "doc-2", content
    )
    answer = (await partner.http.post("/gateway", data=sent)).json()
    assert answer["code"] == "10000", answer
    keys = (await partner.http.get("/gateway/keys")).json()["keys"]
    assert own["gateway_checked"](keys, answer) == answer
    with pytest.raises(ValueError, match="did not sign"):
        own["gateway_checked"](keys, answer | {"code": "40004"})


def test_every_control_stands_on_the_page() -> None:
    ours = ("enscene.api.signatures.", "enscene.api.gateway_profile.")
    names = [n for n, check in controls._CONTROLS.items() if check.__module__.startswith(ours)]
    text = PAGE.read_text("utf-8")
    assert len(names) == 11
    assert all(f"`{name}`" in text for name in names)
