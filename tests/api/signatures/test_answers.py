"""Answers to an application that signs: checked by a library that others have written."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, InvalidSignature
from http_message_signatures.algorithms import ECDSA_P256_SHA256, ED25519, RSA_PSS_SHA512
from joserfc.jwk import OKPKey

from api.partner import ISSUER, Partner
from api.signatures.signer import EC, ED, RSA, Signed, content_digest

Payment = Callable[..., Signed]
KEYS = {"ec": (EC, ECDSA_P256_SHA256), "ed": (ED, ED25519), "rsa": (RSA, RSA_PSS_SHA512)}


class Resolver:
    """Keys of the bank by its JWKS, keys of the partner."""

    def __init__(self, public: dict[str, Any] | None = None) -> None:
        self._public = public or {}

    def resolve_public_key(self, key_id: str) -> Any:
        return self._public[key_id]

    def resolve_private_key(self, key_id: str) -> Any:
        return KEYS[key_id][0].private_key


async def bank_keys(partner: Partner) -> dict[str, Any]:
    told = (await partner.http.get("/oauth/jwks")).json()
    return {jwk["kid"]: OKPKey.import_key(jwk).public_key for jwk in told["keys"]}


async def check(partner: Partner, answer: httpx.Response) -> Any:
    """Check an answer as its receiver; what the library says is covered."""
    verifier = HTTPMessageVerifier(
        signature_algorithm=ED25519, key_resolver=Resolver(await bank_keys(partner))
    )
    request = answer.request
    message = SimpleNamespace(
        status_code=answer.status_code,
        headers=answer.headers,
        request=SimpleNamespace(
            method=request.method, url=str(request.url), headers=request.headers
        ),
    )
    (found,) = verifier.verify(message, max_age=None, expect_tag="fapi-2-response")
    assert answer.headers["content-digest"] == content_digest(answer.content)
    return found


async def test_an_answer_is_signed_with_the_request_that_it_answers(
    world: Any, payment: Payment
) -> None:
    one = payment()
    answer = await one.send()
    assert answer.status_code == 200
    found = await check(one.partner, answer)
    covered = set(found.covered_components)
    assert {
        '"@status"', '"content-digest"', '"@method";req', '"@target-uri";req',
        '"content-digest";req', '"signature";req;key="sig"',
    } <= covered  # fmt: skip


async def test_refusals_and_readings_are_signed(world: Any, payment: Payment) -> None:
    missing = payment(body={"ticket": "x"})
    answer = await missing.send()
    assert answer.status_code == 400
    await check(missing.partner, answer)
    reading = payment(method="GET", path="/v1/canteen/things/meal", body=None)
    await check(reading.partner, await reading.send())
    chinese = payment(headers={"accept-language": "zh"}, path="/v1/canteen/actions/nothing")
    answer = await chinese.send()
    assert answer.status_code >= 400
    assert answer.headers["content-language"] == "zh"
    await check(chinese.partner, answer)


async def test_what_was_signed_wrongly_has_a_signed_answer_that_does_not_cover_it(
    world: Any, payment: Payment
) -> None:
    one = payment(parameters={"keyid": "nobody"})
    answer = await one.send()
    assert answer.status_code == 401
    found = await check(one.partner, answer)
    assert '"signature";req;key="sig"' not in found.covered_components


@pytest.mark.parametrize("bent", ["status", "body", "request", "method"])
async def test_a_bent_answer_is_found_out(world: Any, payment: Payment, bent: str) -> None:
    one = payment()
    answer = await one.send()
    headers = dict(answer.headers)
    match bent:
        case "status":
            answer.status_code = 201
        case "body":
            headers["content-digest"] = content_digest(b"{}")
        case "method":
            answer.request.method = "PUT"
        case _:
            answer.request.headers["signature"] = "sig=:AAAA:"
    answer.headers = httpx.Headers(headers)
    with pytest.raises(InvalidSignature):
        await check(one.partner, answer)


async def test_an_answer_without_a_signature_is_for_those_who_do_not_sign(world: Any) -> None:
    answer = await world.h5.get("/v1/scenes")
    assert "signature" not in answer.headers
    assert "content-digest" not in answer.headers


@pytest.mark.parametrize("kid", list(KEYS))
async def test_a_request_that_the_library_signs_is_taken(
    world: Any, signing_till: Partner, kid: str
) -> None:
    body = json.dumps({"ticket": f"lib-{kid}", "diner": "ann", "price": "2.00"}).encode()
    request = httpx.Request(
        "POST", f"{ISSUER}/v1/canteen/actions/pay_by_code", content=body,
        headers={
            "authorization": f"Bearer {signing_till.token}", "idempotency-key": f"lib-{kid}",
            "content-type": "application/json",
        },
    )  # fmt: skip
    signer = HTTPMessageSigner(signature_algorithm=KEYS[kid][1], key_resolver=Resolver())
    signer.sign(
        request, key_id=kid, tag="fapi-2-request", body=body, label="a-b.c*",
        covered_component_ids=("@method", "@target-uri", "authorization", "idempotency-key"),
    )  # fmt: skip
    answer = await signing_till.http.send(request)
    assert answer.status_code == 200, answer.text
    await check(signing_till, answer)
