"""The modules of the FAPI 2.0 conformance suite that concern a server like this one, as functions.

Each is named by the end of its module's name and takes a bank and a partner's flow. What a module
asks for is asserted here in full, so that a control that is missing makes its module fail.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from joserfc.jwk import RSAKey

from api.auth.bank import BACK, HOLDER, ISSUER, OTHER, SCOPE, Flow, b64, proof, registered
from api.auth.certificates import certificate_header
from api.partner import KEY

BEFORE = "fapi2-security-profile-final-"
TOKEN = f"{ISSUER}/oauth/token"
PAR = f"{ISSUER}/oauth/par"
WALLET = "/v1/canteen/accounts/wallet/ann"
Module = Callable[[Any, Flow], Awaitable[None]]
MODULES: dict[str, Module] = {}


def module(name: str) -> Callable[[Module], Module]:
    """Register the test of a module."""

    def register(test: Module) -> Module:
        assert name not in MODULES
        MODULES[name] = test
        return test

    return register


def refused(answer: Any, error: str | tuple[str, ...], status: int = 400) -> None:
    errors = (error,) if isinstance(error, str) else error
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] in errors, answer.text


def now() -> int:
    return int(time.time())


async def second(world: Any, name: str = "second_app", **more: Any) -> Flow:
    """Another partner."""
    return Flow(world, await world.partner(name, **registered(**more)))


def flow_id(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


@module("happy-flow")
async def happy_flow(world: Any, flow: Flow) -> None:
    """Two clients, both addresses that are registered."""
    other = await second(world)
    for each, back in ((flow, BACK), (other, registered()["redirect_uris"][1])):
        reference = await each.pushed(redirect_uri=back)
        place = (await each.open(reference)).headers["location"]
        assert place.startswith("/bank/bank/authorize/")
    for each in (flow, other):
        told = await each.tokens()
        assert (told["token_type"], told["scope"]) == ("DPoP", SCOPE)
        assert (await each.call(told["access_token"])).status_code == 200


@module("discovery-end-point-verification")
async def discovery(world: Any, flow: Flow) -> None:
    told = (await flow.http.get("/.well-known/oauth-authorization-server")).json()
    assert told["issuer"] == ISSUER
    for name in ("authorization", "token", "pushed_authorization_request", "revocation",
                 "introspection"):  # fmt: skip
        assert told[f"{name}_endpoint"].startswith(f"{ISSUER}/oauth/")
    assert told["response_types_supported"] == ["code"]
    assert "authorization_code" in told["grant_types_supported"]
    assert not {"implicit", "password"} & set(told["grant_types_supported"])
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["require_pushed_authorization_requests"] is True
    assert told["authorization_response_iss_parameter_supported"] is True
    assert told["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    for name in ("dpop_signing_alg_values_supported",
                 "token_endpoint_auth_signing_alg_values_supported"):  # fmt: skip
        assert {"PS256", "ES256", "EdDSA"} <= set(told[name])
        assert not {"RS256", "none", "HS256"} & set(told[name])


@module("access-token-type-header-case-sensitivity")
async def scheme_case(world: Any, flow: Flow) -> None:
    token = (await flow.tokens())["access_token"]
    for scheme in ("DPoP", "dpop", "DPOP"):
        assert (await flow.call(token, scheme=scheme)).status_code == 200


@module("attempt-reuse-authorization-code-after-one-second")
async def code_again(world: Any, flow: Flow) -> None:
    code = await flow.code()
    told = (await flow.redeem(code)).json()
    assert (await flow.call(told["access_token"])).status_code == 200
    refused(await flow.redeem(code), "invalid_grant")
    assert (await flow.call(told["access_token"])).status_code == 401
    refused(await flow.renew(told["refresh_token"]), "invalid_grant")


@module("check-dpop-proof-nbf-exp")
async def proof_nbf_exp(world: Any, flow: Flow) -> None:
    dpop = proof("POST", TOKEN, nbf=now(), exp=now() + 60)
    told = (await flow.redeem(await flow.code(), dpop=dpop)).json()
    token = told["access_token"]
    dpop = proof("GET", f"{ISSUER}{WALLET}", token, nbf=now(), exp=now() + 60)
    assert (await flow.call(token, dpop=dpop)).status_code == 200


@module("dpop-negative-tests")
async def dpop_negative(world: Any, flow: Flow) -> None:
    token = (await flow.tokens())["access_token"]
    url = f"{ISSUER}{WALLET}"
    good = proof("GET", url, token)
    assert (await flow.call(token, dpop=good)).status_code == 200
    head, body, signature = proof("GET", url, token).split(".")
    forged = b64(json.dumps({"jti": "x", "htm": "GET", "htu": url, "iat": now(),
                             "ath": b64(hashlib.sha256(token.encode()).digest())}).encode())  # fmt: skip
    jwk = HOLDER.as_dict(private=False)
    bad = {
        "used before": good,
        "none": None,
        "not one JWT": f"{good}, {good}",
        "another body": f"{head}.{forged}.{signature}",
        "no signature": f"{head}.{body}.",
        "another method": proof("POST", url, token),
        "another address": proof("GET", f"{ISSUER}/v1/scenes", token),
        "another host": proof("GET", f"https://elsewhere.test{WALLET}", token),
        "no ath": proof("GET", url),
        "ath of another": proof("GET", url, f"{token}x"),
        "another key": proof("GET", url, token, key=OTHER),
        "too old": proof("GET", url, token, iat=now() - 300),
        "too new": proof("GET", url, token, iat=now() + 300),
        "expired": proof("GET", url, token, exp=now() - 60),
        "not yet": proof("GET", url, token, nbf=now() + 60),
        "no iat": proof("GET", url, token, iat=None),
        "no jti": proof("GET", url, token, jti=None),
        "no htm": proof("GET", url, token, htm=None),
        "no htu": proof("GET", url, token, htu=None),
        "typ": proof("GET", url, token, header={"typ": "JWT"}),
        "no key": proof("GET", url, token, header={"jwk": None}),
        "private key": proof("GET", url, token, header={"jwk": HOLDER.as_dict(private=True)}),
        "alg none": f"{b64(json.dumps({'typ': 'dpop+jwt', 'alg': 'none', 'jwk': jwk}).encode())}"
        f".{body}.AA",
        "alg HS256": f"{b64(json.dumps({'typ': 'dpop+jwt', 'alg': 'HS256', 'jwk': jwk}).encode())}"
        f".{body}.{signature}",
    }
    for what, dpop in bad.items():
        answer = await flow.call(token, dpop=dpop)
        assert answer.status_code == 401, what
        assert "DPoP" in answer.headers["www-authenticate"], what
    assert (await flow.call(token, scheme="Bearer")).status_code == 401
    assert (await flow.call(token, scheme="Bearer", dpop=None)).status_code == 401
    assert (await flow.call(token)).status_code == 200


@module("ensure-authorization-code-is-bound-to-client")
async def code_of_another(world: Any, flow: Flow) -> None:
    other = await second(world)
    other.verifier = flow.verifier
    refused(await other.redeem(await flow.code()), "invalid_grant")


@module("ensure-authorization-request-with-long-state")
async def long_state(world: Any, flow: Flow) -> None:
    state = "s" * 1_000
    assert (await flow.allow(await flow.arrived(state=state)))["state"] == state
    refused(await flow.push(state="s" * 1_001), "invalid_request")


@module("ensure-authorization-request-without-nonce-success")
async def no_nonce(world: Any, flow: Flow) -> None:
    assert "nonce" not in await flow.allow(await flow.arrived(nonce=None))


@module("ensure-authorization-request-without-state-success")
async def no_state(world: Any, flow: Flow) -> None:
    brought = await flow.allow(await flow.arrived(state=None))
    assert set(brought) == {"code", "iss"}


@module("ensure-different-state-inside-and-outside-request-object")
async def other_state(world: Any, flow: Flow) -> None:
    """What the browser brings beside the reference counts for nothing."""
    answer = await flow.open(await flow.pushed(), state="another")
    request = answer.headers["location"].rpartition("/")[2]
    assert (await flow.allow(flow_id(request)))["state"] == "s1"


@module("state-only-outside-request-object-not-used")
async def outer_state(world: Any, flow: Flow) -> None:
    answer = await flow.open(await flow.pushed(state=None), state="outside")
    request = answer.headers["location"].rpartition("/")[2]
    assert "state" not in await flow.allow(flow_id(request))


@module("ensure-dpop-auth-code-binding-success")
async def code_bound(world: Any, flow: Flow) -> None:
    code = await flow.code(dpop_jkt=HOLDER.thumbprint(), dpop=proof("POST", PAR))
    assert (await flow.redeem(code)).status_code == 200


@module("ensure-dpopproof-at-par-endpoint-binding-success")
async def par_bound(world: Any, flow: Flow) -> None:
    assert (await flow.redeem(await flow.code(dpop=proof("POST", PAR)))).status_code == 200


@module("ensure-dpopproof-with-iat-10seconds-after-succeeds")
async def ahead(world: Any, flow: Flow) -> None:
    await skewed(flow, 10)


@module("ensure-dpopproof-with-iat-10seconds-before-succeeds")
async def behind(world: Any, flow: Flow) -> None:
    await skewed(flow, -10)


async def skewed(flow: Flow, by: int) -> None:
    code = await flow.code(dpop=proof("POST", PAR, iat=now() + by))
    answer = await flow.redeem(code, dpop=proof("POST", TOKEN, iat=now() + by))
    token = answer.json()["access_token"]
    dpop = proof("GET", f"{ISSUER}{WALLET}", token, iat=now() + by)
    assert (await flow.call(token, dpop=dpop)).status_code == 200


@module("ensure-holder-of-key-required")
async def holder_of_key(world: Any, flow: Flow) -> None:
    refused(await flow.redeem(await flow.code(), dpop=None), "invalid_request")
    refused(await flow.token({"grant_type": "client_credentials"}, dpop=None), "invalid_request")
    # A token that was given before the application's had to be bound.
    assert (await flow.partner.get("/v1/scenes")).status_code == 401
    # The same by client certificates, as a proxy tells of them.
    world.gateway.access.certificates._header = b"client-cert"
    mutual = await second(world, token_binding="mtls")
    refused(await mutual.redeem(await mutual.code(), dpop=None), "invalid_request")
    mine, other = ({"client-cert": certificate_header(name)} for name in ("mine", "other"))
    form = {"grant_type": "authorization_code", "code": await mutual.code(),
            "code_verifier": mutual.verifier} | mutual.client()  # fmt: skip
    told = (await mutual.http.post("/oauth/token", data=form, headers=mine)).json()
    assert told["token_type"] == "Bearer"
    token = told["access_token"]
    for headers, status in ((mine, 200), (other, 401), ({}, 401)):
        answer = await mutual.call(token, scheme="Bearer", dpop=None, headers=headers)
        assert answer.status_code == status


@module("ensure-mismatched-dpop-jkt-fails")
async def other_jkt_at_par(world: Any, flow: Flow) -> None:
    answer = await flow.push(dpop_jkt=OTHER.thumbprint(), dpop=proof("POST", PAR))
    refused(answer, ("invalid_request", "invalid_dpop_proof"))


@module("ensure-token-endpoint-fails-with-mismatched-dpop-jkt")
async def other_jkt_at_token(world: Any, flow: Flow) -> None:
    code = await flow.code(dpop_jkt=OTHER.thumbprint())
    refused(await flow.redeem(code), ("invalid_grant", "invalid_dpop_proof"))


@module("ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt")
async def other_proof_at_token(world: Any, flow: Flow) -> None:
    errors = ("invalid_grant", "invalid_dpop_proof")
    code = await flow.code(dpop=proof("POST", PAR, key=OTHER))
    refused(await flow.redeem(code), errors)
    # Nor does a client certificate take the place of the key.
    world.gateway.access.certificates._header = b"client-cert"
    either = await second(world, token_binding="none")
    code = await either.code(dpop=proof("POST", PAR))
    form = {"grant_type": "authorization_code", "code": code,
            "code_verifier": either.verifier} | either.client()  # fmt: skip
    headers = {"client-cert": certificate_header("mine")}
    refused(await either.http.post("/oauth/token", data=form, headers=headers), errors)


@module("ensure-other-scope-order-succeeds")
async def scope_order(world: Any, flow: Flow) -> None:
    other = " ".join(reversed(SCOPE.split()))
    assert (await flow.tokens(scope=other))["scope"] == SCOPE


@module("ensure-pkce-code-verifier-required")
async def no_verifier(world: Any, flow: Flow) -> None:
    refused(await flow.redeem(await flow.code(), code_verifier=None), "invalid_grant")


@module("incorrect-pkce-code-verifier-rejected")
async def wrong_verifier(world: Any, flow: Flow) -> None:
    refused(await flow.redeem(await flow.code(), code_verifier="w" * 43), "invalid_grant")


@module("par-ensure-pkce-required")
async def no_challenge(world: Any, flow: Flow) -> None:
    refused(await flow.push(code_challenge=None, code_challenge_method=None), "invalid_request")


@module("par-plain-pkce-rejected")
async def plain_challenge(world: Any, flow: Flow) -> None:
    for method in ("plain", None):
        answer = await flow.push(code_challenge=flow.verifier, code_challenge_method=method)
        refused(answer, "invalid_request")


@module("ensure-redirect-uri-in-authorization-request")
async def no_redirect(world: Any, flow: Flow) -> None:
    refused(await flow.push(redirect_uri=None), "invalid_request")


@module("ensure-registered-redirect-uri")
async def foreign_redirect(world: Any, flow: Flow) -> None:
    for uri in ("https://evil.test/back", f"{BACK}/", f"{BACK}?a=1", BACK.upper()):
        refused(await flow.push(redirect_uri=uri), "invalid_request")


@module("plain-fapi-tolerate-unregistered-redirect-uri")
async def tolerated_redirect(world: Any, flow: Flow) -> None:
    """It may be taken or refused: here it is refused."""
    refused(await flow.push(redirect_uri="https://partner.test/new"), "invalid_request")


@module("ensure-response-type-code-idtoken-fails")
async def hybrid(world: Any, flow: Flow) -> None:
    refused(await flow.push(response_type="code id_token"), "unsupported_response_type")


@module("ensure-response-type-token-fails")
async def implicit(world: Any, flow: Flow) -> None:
    refused(await flow.push(response_type="token"), "unsupported_response_type")


@module("ensure-token-endpoint-fails-with-expired-auth-code")
async def expired_code(world: Any, flow: Flow) -> None:
    code = await flow.code()
    await world.sql("update authorization_code set until = until - interval '61 seconds'")
    refused(await flow.redeem(code), "invalid_grant")


@module("ensure-unsigned-authorization-request-without-using-par-fails")
async def without_par(world: Any, flow: Flow) -> None:
    answer = await flow.http.get("/oauth/authorize", params=flow.asked())
    assert answer.status_code == 400
    assert "location" not in answer.headers


@module("ensure-client-assertion-in-token-endpoint")
async def no_assertion(world: Any, flow: Flow) -> None:
    form = {"grant_type": "authorization_code", "code": await flow.code(),
            "code_verifier": flow.verifier, "redirect_uri": BACK}  # fmt: skip
    headers = {"dpop": proof("POST", TOKEN)}
    answer = await flow.http.post("/oauth/token", data=form, headers=headers)
    refused(answer, "invalid_client", 401)
    # One that was used is as good as none.
    assertion = flow.partner.assertion()
    assert (await flow.push(assertion=assertion)).status_code == 201
    refused(await flow.push(assertion=assertion), "invalid_client", 401)
    refused(await flow.redeem(form["code"], assertion=assertion), "invalid_client", 401)


@module("ensure-client-assertion-with-exp-is-5-minutes-in-past-fails")
async def old_assertion(world: Any, flow: Flow) -> None:
    old = flow.partner.assertion(iat=now() - 360, exp=now() - 300)
    refused(await flow.redeem(await flow.code(), assertion=old), "invalid_client", 401)


@module("ensure-client-assertion-with-no-sub-fails")
async def no_subject(world: Any, flow: Flow) -> None:
    nobody = flow.partner.assertion(sub=None)
    refused(await flow.redeem(await flow.code(), assertion=nobody), "invalid_client", 401)


@module("ensure-client-assertion-with-wrong-aud-fails")
async def wrong_audience(world: Any, flow: Flow) -> None:
    for audience in ("https://elsewhere.test", TOKEN):
        other = flow.partner.assertion(aud=audience)
        refused(await flow.redeem(await flow.code(), assertion=other), "invalid_client", 401)


@module("ensure-client-id-in-token-endpoint")
async def foreign_client_id(world: Any, flow: Flow) -> None:
    other = await second(world)
    answer = await flow.redeem(await flow.code(), client_id=other.partner.app.client_id)
    refused(answer, "invalid_client", 401)


@module("ensure-signed-client-assertion-with-RS256-fails")
async def rs256(world: Any, flow: Flow) -> None:
    key = RSAKey.generate_key(2048, {"kid": "rsa"})
    jwks = [KEY.as_dict(private=False), key.as_dict(private=False)]
    other = await second(world, jwks=jwks)
    code = await other.code()
    good = other.partner.assertion(key=key, alg="PS256", header={"kid": "rsa"})
    assert (await other.push(assertion=good)).status_code == 201
    bad = other.partner.assertion(key=key, alg="RS256", header={"kid": "rsa"})
    refused(await other.redeem(code, assertion=bad), "invalid_client", 401)


@module("refresh-token")
async def refresh(world: Any, flow: Flow) -> None:
    first = await flow.tokens()
    other = await second(world)
    refused(await other.renew(first["refresh_token"]), "invalid_grant")
    headers = {"dpop": proof("POST", TOKEN)}
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    answer = await flow.http.post("/oauth/token", data=form, headers=headers)
    refused(answer, "invalid_client", 401)
    refused(await flow.renew(first["refresh_token"], dpop=None), "invalid_request")
    more = await flow.renew(first["refresh_token"], scope=f"{SCOPE} scene:canteen:withdraw")
    refused(more, "invalid_scope")
    second_pair = (await flow.renew(first["refresh_token"])).json()
    assert (await flow.call(second_pair["access_token"])).status_code == 200
    refused(await flow.renew(first["refresh_token"]), "invalid_grant")
    assert (await flow.call(second_pair["access_token"])).status_code == 401


@module("user-rejects-authentication")
async def user_rejects(world: Any, flow: Flow) -> None:
    brought = await flow.refuse(await flow.arrived())
    assert (brought["error"], brought["state"], brought["iss"]) == ("access_denied", "s1", ISSUER)
