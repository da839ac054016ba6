"""The modules that concern pushed requests (RFC 9126) and the client's assertion at their endpoint."""

from __future__ import annotations

from typing import Any

from joserfc import jwt

from api.auth.bank import ISSUER, Flow
from api.auth.fapi_modules import MODULES as MODULES
from api.auth.fapi_modules import PAR, TOKEN, flow_id, module, now, refused, second
from api.partner import KEY


@module("par-attempt-invalid-http-method")
async def wrong_method(world: Any, flow: Flow) -> None:
    for method in ("GET", "PUT", "DELETE"):
        assert (await flow.http.request(method, "/oauth/par")).status_code == 405


@module("par-attempt-reuse-request_uri")
async def reference_again(world: Any, flow: Flow) -> None:
    reference = await flow.pushed()
    place = (await flow.open(reference)).headers["location"]
    assert "code" in await flow.allow(flow_id(place.rpartition("/")[2]))
    refused(await flow.open(reference), "invalid_request_uri")


@module("par-attempt-to-use-expired-request_uri")
async def old_reference(world: Any, flow: Flow) -> None:
    reference = await flow.pushed()
    await world.sql("update authorization_request set until = until - interval '61 seconds'")
    refused(await flow.open(reference), "invalid_request_uri")


@module("par-attempt-to-use-request_uri-for-different-client")
async def foreign_reference(world: Any, flow: Flow) -> None:
    other = await second(world)
    refused(await other.open(await flow.pushed()), "invalid_request_uri")


@module("par-authorization-request-containing-request_uri-form-param")
async def reference_pushed(world: Any, flow: Flow) -> None:
    answer = await flow.push(request_uri="urn:ietf:params:oauth:request_uri:x")
    refused(answer, "invalid_request")


@module("par-authorization-request-containing-request_uri")
async def reference_in_object(world: Any, flow: Flow) -> None:
    """Request objects are not taken, whatever they hold."""
    held = flow.asked() | {"request_uri": "urn:ietf:params:oauth:request_uri:x"}
    signed = jwt.encode({"alg": "ES256", "kid": "one"}, held, KEY, algorithms=["ES256"])
    refused(await flow.push(request=signed), "request_not_supported")


@module("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds")
async def reference_visited_twice(world: Any, flow: Flow) -> None:
    reference = await flow.pushed()
    first, again = [await flow.open(reference) for _ in range(2)]
    assert first.headers["location"] == again.headers["location"]
    assert "code" in await flow.allow(flow_id(again.headers["location"].rpartition("/")[2]))


@module("par-test-array-as-audience-fails")
async def audience_array(world: Any, flow: Flow) -> None:
    for audience in ([ISSUER], [ISSUER, "https://elsewhere.test"]):
        refused(await flow.push(assertion=flow.partner.assertion(aud=audience)),
                "invalid_client", 401)  # fmt: skip


@module("par-test-par-endpoint-url-as-audience-fails")
async def audience_par(world: Any, flow: Flow) -> None:
    refused(await flow.push(assertion=flow.partner.assertion(aud=PAR)), "invalid_client", 401)


@module("par-test-token-endpoint-url-as-audience-fails")
async def audience_token(world: Any, flow: Flow) -> None:
    refused(await flow.push(assertion=flow.partner.assertion(aud=TOKEN)), "invalid_client", 401)


@module("par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted")
async def nbf_soon(world: Any, flow: Flow) -> None:
    soon = flow.partner.assertion(iat=now() + 8, nbf=now() + 8, exp=now() + 60)
    assert (await flow.push(assertion=soon)).status_code == 201


@module("par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails")
async def nbf_later(world: Any, flow: Flow) -> None:
    later = flow.partner.assertion(iat=now() + 65, nbf=now() + 65, exp=now() + 125)
    refused(await flow.push(assertion=later), "invalid_client", 401)


@module("par-without-duplicate-parameters")
async def reference_alone(world: Any, flow: Flow) -> None:
    assert (await flow.open(await flow.pushed())).status_code == 303
