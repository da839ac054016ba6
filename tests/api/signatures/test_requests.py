"""Requests of an application that signs: what is taken, what is not, and that every control is why."""

from __future__ import annotations

import base64
import inspect
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from api.auth.bank import proof
from api.partner import ISSUER, KEY, TYPE, Partner
from api.signatures.signer import EC, ED, RSA, STRANGER, Signed, registered
from enscene.api import ApiSettings, create_app
from enscene.kernel import controls
from enscene.tenants.apps import replace_app_keys, set_app_signing

Payment = Callable[..., Signed]


@pytest.mark.parametrize("key", [EC, ED, RSA], ids=["ecdsa", "ed25519", "rsa-pss"])
async def test_a_signed_request_is_done(world: Any, payment: Payment, key: Any) -> None:
    before = await world.balance("wallet", "ann")
    answer = await payment(key=key).send()
    assert answer.status_code == 200, answer.text
    assert await world.balance("wallet", "ann") != before


async def test_a_reading_is_signed_too(world: Any, payment: Payment) -> None:
    path = "/v1/canteen/things/meal?limit=2"
    asked = payment(method="GET", path=path, body=None)
    assert (await asked.send()).status_code == 200
    unsigned = await asked.partner.get(path)
    assert (unsigned.status_code, unsigned.json()["code"]) == (401, "auth.signature")
    assert 'tag="fapi-2-request"' in unsigned.headers["accept-signature"]


async def test_the_address_is_that_with_its_query(payment: Payment) -> None:
    path = "/v1/canteen/things/meal?limit=2"
    other = payment(
        method="GET", path=path, body=None, url="http://bank.test/v1/canteen/things/meal"
    )
    assert (await other.send()).status_code == 401


async def test_others_are_not_asked_for_signatures(world: Any) -> None:
    assert (await world.meal("plain-1")).status_code in (200, 422)
    product = await world.partner("prices", party=None, scopes=[], level="A1")
    assert (await product.get("/v1/scenes")).status_code == 200


async def test_another_signature_beside_it_does_no_harm(payment: Payment) -> None:
    one = payment()
    headers, content = one.made()
    headers["signature-input"] += ', proxy=("@method");created=1;keyid="p"'
    headers["signature"] += ", proxy=:AAAA:"
    assert (await one.send_as(headers, content)).status_code == 200


async def test_spaces_in_the_input_are_signed_as_their_canonical_form(payment: Payment) -> None:
    one = payment()
    headers, content = one.made()
    headers["signature-input"] = headers["signature-input"].replace('=("', '=(  "', 1)
    assert (await one.send_as(headers, content)).status_code == 200


# What is wrong with a request, by the control that finds it. Each is refused; without its control
# it is let through, so that nothing else would have found it.


async def _old(payment: Payment) -> int:
    return await _status(payment(parameters={"created": int(time.time()) - 61}))


async def _of_the_future(payment: Payment) -> int:
    return await _status(payment(parameters={"created": int(time.time()) + 30}))


async def _expired(payment: Payment) -> int:
    return await _status(payment(parameters={"expires": int(time.time()) - 1}))


async def _other_body(payment: Payment) -> int:
    one = payment()
    headers, content = one.made()
    return (await one.send_as(headers, content.replace(b"12.00", b"11.00"))).status_code


async def _weak_digest(payment: Payment) -> int:
    return await _status(payment(digest="md5=:XrY7u+Ae7tCTyyK7j1rNww==:"))


async def _no_digest(payment: Payment) -> int:
    return await _status(payment(digest=None))


def _uncovered(name: str) -> Callable[[Payment], Awaitable[int]]:
    async def send(payment: Payment) -> int:
        # Acting for oneself is what would be done anyway: nothing but the cover is amiss.
        one = payment(headers={"acting-party": "till"})
        names = ["@method", "@target-uri", "authorization", "content-digest", "idempotency-key",
                 "acting-party"]  # fmt: skip
        one.covers = [each for each in names if each != name]
        return await _status(one)

    return send


async def _other_keyid(payment: Payment) -> int:
    return await _status(payment(parameters={"keyid": "nobody"}))


async def _other_algorithm(payment: Payment) -> int:
    return await _status(payment(parameters={"alg": "rsa-v1_5-sha256"}))


async def _by_a_secret(payment: Payment) -> int:
    return await _status(payment(parameters={"alg": "hmac-sha256"}))


async def _stranger(payment: Payment) -> int:
    return await _status(payment(key=STRANGER, parameters={"keyid": "ec"}))


async def _other_method(payment: Payment) -> int:
    one = payment()
    one.method = "PUT"
    headers, content = one.made()
    one.method = "POST"
    return (await one.send_as(headers, content)).status_code


async def _reordered(payment: Payment) -> int:
    one = payment()
    headers, content = one.made()
    swapped = headers["signature-input"].replace(
        '"@method" "@target-uri"', '"@target-uri" "@method"'
    )
    return (await one.send_as(headers | {"signature-input": swapped}, content)).status_code


async def _cut(payment: Payment) -> int:
    one = payment()
    headers, content = one.made()
    told = headers["signature-input"]
    without = re.sub(r';nonce="[^"]*"', "", told)
    assert without != told
    return (await one.send_as(headers | {"signature-input": without}, content)).status_code


async def _again(payment: Payment) -> int:
    one = payment()
    headers, content = one.made()
    assert (await one.send_as(headers, content)).status_code == 200
    return (await one.send_as(headers, content)).status_code


async def _again_as_its_twin(payment: Payment) -> int:
    """Every signature of ECDSA has a twin that holds as well."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    one = payment(covers=None, parameters={"nonce": None})
    headers, content = one.made()
    assert (await one.send_as(headers, content)).status_code == 200
    raw = base64.b64decode(headers["signature"].partition(":")[2].rstrip(":"))
    s = order - int.from_bytes(raw[32:], "big")
    twin = base64.b64encode(raw[:32] + s.to_bytes(32, "big")).decode()
    headers["signature"] = f"sig=:{twin}:"
    return (await one.send_as(headers, content)).status_code


async def _status(one: Signed) -> int:
    return (await one.send()).status_code


COVERED = ("@method", "@target-uri", "authorization", "content-digest", "idempotency-key",
           "acting-party")  # fmt: skip
WRONG: dict[str, list[Callable[[Payment], Awaitable[int]]]] = {
    "signature_time": [_old, _of_the_future, _expired],
    "signature_digest": [_other_body, _weak_digest],
    "signature_covers": [_no_digest, *[_uncovered(name) for name in COVERED]],
    "signature_keyid": [_other_keyid],
    "signature_algorithm": [_other_algorithm, _by_a_secret],
    "signature_signed": [_stranger, _other_method, _reordered, _cut],
    "signature_once": [_again, _again_as_its_twin],
}
CASES = [(control, number) for control, tried in WRONG.items() for number in range(len(tried))]


@pytest.mark.parametrize(("control", "number"), CASES)
async def test_what_is_wrong_is_refused(
    world: Any, payment: Payment, control: str, number: int
) -> None:
    assert await WRONG[control][number](payment) == 401


@pytest.mark.parametrize(("control", "number"), CASES)
async def test_without_its_control_it_would_be_let_through(
    world: Any, payment: Payment, control: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = controls._CONTROLS[control]

    async def nothing_later(*args: Any, **kwargs: Any) -> None:
        """As if there were no such control."""

    def nothing(*args: Any, **kwargs: Any) -> None:
        """The same for one that nobody waits for."""

    off = nothing_later if inspect.iscoroutinefunction(check) else nothing
    monkeypatch.setitem(controls._CONTROLS, control, off)
    assert await WRONG[control][number](payment) == 200


def test_every_control_is_switched_off_by_a_test() -> None:
    held = {
        name
        for name, check in controls._CONTROLS.items()
        if check.__module__.startswith("enscene.api.signatures.")
    }
    assert held == set(WRONG)


@pytest.mark.parametrize(
    ("input_", "signature"),
    [
        (None, None),
        ("", ""),
        ("sig", "sig"),
        ("sig=1", "sig=:AAAA:"),
        ('sig=("@method")', "other=:AAAA:"),
        ('sig=("@method");created=1.5;keyid="ec";alg="x";tag="fapi-2-request"', "sig=:AAAA:"),
        ('sig=("@method");created=1;keyid=ec;alg="x";tag="fapi-2-request"', "sig=:AAAA:"),
        ('sig=("@method";req);created=1;keyid="ec";alg="x";tag="fapi-2-request"', "sig=:AAAA:"),
        ('sig=("a" "a");created=1;keyid="ec";alg="x";tag="fapi-2-request"', "sig=:AAAA:"),
        ('sig=("A");created=1;keyid="ec";alg="x";tag="fapi-2-request"', "sig=:AAAA:"),
        ('sig=(1);created=1;keyid="ec";alg="x";tag="fapi-2-request"', "sig=:AAAA:"),
        ('sig=("@method");created=1;keyid="ec";alg="x";tag="other"', "sig=:AAAA:"),
        ('sig=("@method");tag="fapi-2-request",sig=();tag="fapi-2-request"', "sig=:AAAA:"),
        ('a=();tag="fapi-2-request",b=();tag="fapi-2-request"', "a=:AAAA:,b=:AAAA:"),
        ('sig=("@method");tag="fapi-2-request"', "sig=text"),
        ("(" * 5_000, "sig=:AAAA:"),
        ("sig=" + "a" * 9_000, "sig=:AAAA:"),
        ('sig=("@method");created=99999999999999999999', "sig=:AAAA:"),
    ],
)
async def test_malformed_headers_are_refused_and_the_refusal_is_signed(
    payment: Payment, input_: str | None, signature: str | None
) -> None:
    one = payment()
    headers, content = one.made()
    del headers["signature-input"], headers["signature"]
    if input_ is not None and signature is not None:
        headers |= {"signature-input": input_, "signature": signature}
    answer = await one.send_as(headers, content)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.signature"), answer.text
    assert answer.headers["signature-input"].startswith("bank=(")


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest"])
async def test_a_header_that_stands_twice_is_refused(payment: Payment, name: str) -> None:
    one = payment()
    headers, content = one.made()
    pairs = [*headers.items(), (name, headers[name])]
    answer = await one.partner.http.request("POST", one.path, headers=pairs, content=content)
    assert (answer.status_code, answer.json()["code"]) == (400, "http.duplicate_header")


async def test_no_parameter_of_the_signature_may_be_left_out(payment: Payment) -> None:
    for name in ("created", "keyid", "alg", "tag"):
        assert await _status(payment(parameters={name: None})) == 401, name


async def test_what_is_not_there_cannot_be_covered(payment: Payment) -> None:
    for name in ("x-nothing", "@status", "@query-param", "@signature-params", "@unknown"):
        one = payment()
        headers, _ = one.made()
        own = ["@method", "@target-uri", *headers, name]
        one.covers = [each for each in own if not each.startswith(("signature", "content-type"))]
        assert await _status(one) == 401, name


async def test_a_key_that_was_replaced_signs_nothing(
    world: Any, payment: Payment, signing_till: Any
) -> None:
    assert await _status(payment()) == 200
    await replace_app_keys(world.pool, signing_till.app, [ED.as_dict(private=False)])
    world.gateway.access._callers.clear()
    assert await _status(payment()) == 401
    assert await _status(payment(key=ED)) == 200


async def test_a_bound_token_with_its_proof_is_signed_with_it(world: Any) -> None:
    await world.top_up("ann", "100.00")
    keys = [*registered()["jwks"], KEY.as_dict(private=False)]
    partner = await world.partner(
        "bound_till", party="till", scopes=["scene:canteen:*"], level="A2",
        **registered(jwks=keys, token_binding="dpop"),
    )  # fmt: skip
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": TYPE,
        "client_assertion": partner.assertion(),
    }
    asked = await partner.http.post(
        "/oauth/token", data=form, headers={"dpop": proof("POST", f"{ISSUER}/oauth/token")}
    )
    token = asked.json()["access_token"]

    def one(**bent: Any) -> Signed:
        path = "/v1/canteen/actions/pay_by_code"
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": proof("POST", f"{ISSUER}{path}", token),
        }
        body = {"ticket": f"b{time.monotonic_ns()}", "diner": "ann", "price": "3.00"}
        return Signed(partner, body=body, headers=headers, **bent)

    assert await _status(one()) == 200
    covers = ["@method", "@target-uri", "authorization", "content-digest", "idempotency-key"]
    assert await _status(one(covers=covers)) == 401
    sent = one()
    headers, content = sent.made()
    assert (await sent.send_as(headers, content)).status_code == 200
    assert (await sent.send_as(headers, content)).status_code == 401


async def test_another_process_knows_what_was_used(world: Any, payment: Payment) -> None:
    other = create_app(world.host, world.pool, ApiSettings(issuer=ISSUER))
    one = payment()
    headers, content = one.made()
    assert (await one.send_as(headers, content)).status_code == 200
    transport = httpx.ASGITransport(other, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
        again = await http.post(one.path, headers=headers, content=content)
        assert (again.status_code, again.json()["code"]) == (401, "auth.signature")
        headers, content = payment().made()
        assert (await http.post(one.path, headers=headers, content=content)).status_code == 200
    await other.close()


async def test_an_answer_that_cannot_be_signed_is_not_given(
    world: Any, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: Any) -> str:
        raise OSError("the keys are away")

    one = payment(headers={"idempotency-key": "unsigned-answer"})
    headers, content = one.made()
    with monkeypatch.context() as patch:
        patch.setattr(type(world.gateway.keyring), "signing_kid", gone)
        answer = await one.send_as(headers, content)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable.signature")
    again = payment(body=one.body, headers={"idempotency-key": "unsigned-answer"})
    told = await again.send()
    assert told.headers.get("idempotency-replayed") == "true", "it was done, and the key tells it"


async def test_what_an_application_must_sign_is_changed_while_it_runs(
    world: Any, payment: Payment, signing_till: Partner
) -> None:
    reading = "/v1/canteen/things/meal"
    assert (await signing_till.get(reading)).status_code == 401
    await set_app_signing(world.pool, signing_till.app, "none")
    world.gateway.access._callers.clear()
    assert (await signing_till.get(reading)).status_code == 200
    await set_app_signing(world.pool, signing_till.app, "message")
    world.gateway.access._callers.clear()
    assert (await signing_till.get(reading)).status_code == 401
