"""Who may come in: client assertions, access tokens, scopes, levels, acting for others."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey

from api.partner import ISSUER, KEY, Partner, make_partner
from enscene.api import ApiSettings, create_app
from enscene.api.auth import caller as caller_module
from enscene.api.auth.jwt import decode_part, encode_part
from enscene.kernel import controls
from enscene.tenants import create_tenant
from enscene.tenants.apps import ActsFor, grant_app, replace_app_keys, revoke_grant, suspend_app

STRANGER = ECKey.generate_key("P-256", {"kid": "one"})


def part(value):
    return encode_part(json.dumps(value).encode())


async def test_a_signed_assertion_gets_a_token(world):
    answer = await world.h5.ask_token()
    assert answer.status_code == 200
    told = answer.json()
    assert told["token_type"] == "Bearer"
    assert told["expires_in"] == 600
    assert told["scope"] == "scene:canteen:*"
    assert answer.headers["cache-control"] == "no-store"
    world.h5.token = told["access_token"]
    assert (await world.h5.get("/v1/scenes")).status_code == 200


@pytest.mark.parametrize("audience", [ISSUER, f"{ISSUER}/oauth/token"])
async def test_issuer_and_token_endpoint_are_audiences(world, audience):
    assert (await world.h5.ask_token(world.h5.assertion(aud=audience))).status_code == 200


# Times are told from this moment on, and moved to the present when they are used: the other
# tests of a run may take longer than an assertion lives.
NOW = 1_000_000_000
FAULTS = {
    "audience of another": {"aud": "https://elsewhere.test"},
    "audience in a list": {"aud": [ISSUER]},
    "audiences": {"aud": [ISSUER, "https://elsewhere.test"]},
    "audience with a slash": {"aud": f"{ISSUER}/"},
    "no audience": {"aud": None},
    "no issuer": {"iss": None},
    "another issuer": {"iss": "bank.till"},
    "no subject": {"sub": None},
    "another subject": {"sub": "bank.till"},
    "unknown client": {"iss": "bank.nobody", "sub": "bank.nobody"},
    "unknown tenant": {"iss": "nobank.h5", "sub": "nobank.h5"},
    "client that is a number": {"iss": 1, "sub": 1},
    "expired": {"iat": NOW - 120, "exp": NOW - 1},
    "no expiry": {"exp": None},
    "expiry as text": {"exp": str(NOW + 60)},
    "expiry that is true": {"exp": True},
    "lives too long": {"iat": NOW, "exp": NOW + 301},
    "lives far too long": {"iat": NOW, "exp": NOW + 86_400},
    "begun long ago": {"iat": NOW - 290, "exp": NOW + 60},
    "no issue time": {"iat": None},
    "issued in the future": {"iat": NOW + 60, "exp": NOW + 120},
    "not yet": {"nbf": NOW + 60},
    "no jti": {"jti": None},
    "empty jti": {"jti": ""},
    "jti that is a number": {"jti": 7},
    "endless jti": {"jti": "x" * 201},
}


def present(claims):
    """The same claims, told from now on."""
    moved = int(time.time()) - NOW
    told = {}
    for name, value in claims.items():
        if name in ("iat", "nbf", "exp") and type(value) in (int, float):
            told[name] = value + moved
        elif name == "exp" and type(value) is str and value.isdigit():
            told[name] = str(int(value) + moved)
        else:
            told[name] = value
    return told


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_of_an_assertion_is_refused(world, fault):
    answer = await world.h5.ask_token(world.h5.assertion(**present(FAULTS[fault])))
    assert answer.status_code == 401, answer.text
    assert answer.json()["error"] == "invalid_client"
    assert "www-authenticate" in answer.headers


async def test_a_skew_of_ten_seconds_is_forgiven(world):
    now = int(time.time())
    ahead = world.h5.assertion(iat=now + 8, exp=now + 60)
    assert (await world.h5.ask_token(ahead)).status_code == 200
    beyond = world.h5.assertion(iat=now + 20, exp=now + 60)
    assert (await world.h5.ask_token(beyond)).status_code == 401


async def test_an_assertion_is_good_once_also_at_the_same_time(world):
    assertion = world.h5.assertion()
    answers = await asyncio.gather(*(world.h5.ask_token(assertion) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, *[401] * 7]


async def test_the_same_jti_of_another_client_is_another(world):
    assert (await world.h5.ask_token(world.h5.assertion(jti="one"))).status_code == 200
    assert (await world.till.ask_token(world.till.assertion(jti="one"))).status_code == 200


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_only_the_registered_key_and_asymmetric_algorithms_are_taken(world):
    h5 = world.h5
    public = KEY.as_pem(private=False)
    claims = json.loads(decode_part(h5.assertion().split(".")[1]))
    message = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    forged = f"{message}.{encode_part(hmac.digest(public, message.encode(), 'sha256'))}"
    for assertion in (
        h5.assertion(key=STRANGER),
        forged,
        f"{part({'alg': 'none'})}.{part(claims)}.",
        f"{part({'alg': 'none'})}.{part(claims)}.AA",
        f"{part({'alg': 'ES256', 'kid': 'one'})}.{part(claims)}.{encode_part(bytes(64))}",
        f"{part({'alg': 'ES256', 'kid': 'one'})}.{part(claims)}.{encode_part(bytes(63))}",
        f"{part({'alg': 'EdDSA', 'kid': 'one'})}.{part(claims)}.{encode_part(bytes(64))}",
        h5.assertion(header={"kid": "two"}),
        h5.assertion(header={"jwk": STRANGER.as_dict(private=False)}, key=STRANGER),
    ):
        answer = await h5.ask_token(assertion)
        assert answer.status_code == 401, assertion


async def test_the_form_of_the_assertion_is_taken_by_the_letter(world):
    good = world.h5.assertion()
    head, body, signature = good.split(".")
    loose = base64.urlsafe_b64encode(decode_part(signature)).decode()
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
    other = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last ^ 1]
    for text in (
        f"{head}.{body}.{loose}",  # padded
        f"{head}.{body}.{signature}=",
        f"{head}.{body}.{signature[:-1]}{other}",  # bits that mean nothing are set
        f"{head}.{body}.{signature}\n",
        f" {good}",
        f"{head}.{body}",
        f"{good}.x",
        f"{head}..{signature}",
        "x" * 9_000,
        "",
        "ä.ö.ü",
    ):
        assert (await world.h5.ask_token(text)).status_code == 401, text
    assert (await world.h5.ask_token(good)).status_code == 200


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("EdDSA", OKPKey.generate_key("Ed25519", {"kid": "two"})),
        ("PS256", RSAKey.generate_key(2048, {"kid": "two"})),
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_other_keys_and_rotation(world, alg, key):
    keys = [KEY.as_dict(private=False), key.as_dict(private=False)]
    await replace_app_keys(world.pool, world.h5.app, keys)
    new = world.h5.assertion(key=key, alg=alg, header={"kid": "two"})
    assert (await world.h5.ask_token(new)).status_code == 200
    assert (await world.h5.ask_token()).status_code == 200
    await replace_app_keys(world.pool, world.h5.app, keys[1:])
    assert (await world.h5.ask_token()).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "invalid_grant"),
        ({"client_assertion_type": "x"}, 401, "invalid_client"),
        ({"client_id": "bank.till"}, 401, "invalid_client"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"extra": "x"}, 400, "invalid_request"),
        ({"scope": "scene:travel:book"}, 400, "invalid_scope"),
        ({"scope": "scene:canteen:pay_by_code scene:travel:*"}, 400, "invalid_scope"),
        ({"scope": " "}, 400, "invalid_scope"),
    ],
)
async def test_faults_of_the_form(world, form, status, error):
    answer = await world.h5.ask_token(**form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


async def test_the_token_endpoint_takes_only_forms(world):
    http = world.h5.http
    assert (await http.get("/oauth/token")).status_code == 405
    assert (await http.post("/oauth/token", json={})).status_code == 415
    for content in (b"a=1&a=2", b"%zz", b"\xff=1", b"&&&", b"grant_type"):
        answer = await http.post(
            "/oauth/token",
            content=content,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        assert answer.status_code == 400, content


async def test_a_token_may_be_asked_for_less(world):
    answer = await world.h5.ask_token(scope="scene:canteen:top_up")
    assert answer.json()["scope"] == "scene:canteen:top_up"
    world.h5.token = answer.json()["access_token"]
    body = {"amount": "1.00"}
    assert (await world.h5.act("canteen", "top_up", body, party="ann")).status_code == 200
    refused = await world.h5.act("canteen", "withdraw", body, party="ann")
    assert refused.status_code == 403
    assert refused.json()["code"] == "auth.scope"
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert "scene:canteen:withdraw" in refused.headers["www-authenticate"]


async def test_without_a_token_or_with_a_bad_one_nothing_is_told(world):
    token = world.h5.token
    head, body, signature = token.split(".")
    claims = json.loads(decode_part(body))
    forged = part(claims | {"app": claims["app"] + 1})
    for value, code in (
        ("", "auth.no_token"),
        ("Bearer", "auth.token"),
        ("Bearer x", "auth.token"),
        (f"Basic {token}", "auth.token"),
        (f"Bearer {head}.{forged}.{signature}", "auth.token"),
        (f"Bearer {part({'alg': 'none', 'typ': 'at+jwt'})}.{body}.AA", "auth.token"),
        (f"Bearer {head}.{body}.{signature[:-4]}AAAA", "auth.token"),
        (f"Bearer {world.h5.assertion()}", "auth.token"),
        ("Bearer \xff", "auth.token"),
    ):
        headers = {"authorization": value.encode("latin-1")} if value else {"authorization": ""}
        answer = await world.h5.get("/v1/scenes", headers=headers)
        assert answer.status_code == 401, value
        assert answer.json()["code"] == code
        told = answer.headers["www-authenticate"]
        assert ("error=" in told) == (code != "auth.no_token")


async def test_a_token_ends(world):
    tokens = world.gateway.tokens
    tokens.life_s = 0
    token = await tokens.issue(world.h5.app, frozenset(world.h5.app.scopes))
    answer = await Partner(world.gateway, world.h5.app, token).get("/v1/scenes")
    assert answer.status_code == 401
    assert answer.json()["code"] == "auth.expired"


async def test_two_processes_share_the_keys_of_tokens(world):
    other = create_app(world.host, world.pool, ApiSettings(issuer=ISSUER))
    answer = await Partner(other, world.h5.app, world.h5.token).get("/v1/scenes")
    assert answer.status_code == 200
    foreign = create_app(world.host, world.pool, ApiSettings(issuer="http://other.test"))
    answer = await Partner(foreign, world.h5.app, world.h5.token).get("/v1/scenes")
    assert answer.status_code == 401


async def test_a_suspended_application_is_out(world, monkeypatch):
    monkeypatch.setattr(caller_module, "REMEMBERED_S", 0.0)
    assert (await world.h5.get("/v1/scenes")).status_code == 200
    await suspend_app(world.pool, world.h5.app)
    answer = await world.h5.get("/v1/scenes")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.suspended")
    assert (await world.h5.ask_token()).status_code == 401


async def test_money_needs_level_a2(world):
    plain = await world.partner(
        "shop", party="BANK", level="A1", scopes=["scene:canteen:*"],
        acts_for=[ActsFor("canteen", "diner")],
    )  # fmt: skip
    answers = [
        await plain.act("canteen", "top_up", {"amount": "1.00"}, party="ann"),
        await plain.get("/v1/canteen/accounts/wallet/ann"),
        await plain.get("/v1/canteen/events"),
        await plain.get("/v1/canteen/things/meal"),
        # What gives money back moves it too.
        await plain.act("canteen", "refund_meal", {"ticket": "T1"}),
        await plain.act("canteen", "refund_order", {"order": "O1"}),
    ]
    for answer in answers:
        assert answer.status_code == 403
        assert answer.json()["code"] == "auth.level"
    bulk = {"mode": "line_by_line",
            "lines": [{"action": "top_up", "input": {"amount": "1.00"}, "party": "ann"}]}  # fmt: skip
    answer = await plain.post("/v1/canteen/bulk", bulk)
    assert answer.json()["lines"][0]["status"] == 403


async def test_without_its_control_an_a1_application_reaches_money(world, monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "api_level", lambda own, needed: None)
    with pytest.raises(AssertionError):
        await test_money_needs_level_a2(world)


async def test_an_application_acts_for_itself_or_with_a_grant(world, monkeypatch):
    monkeypatch.setattr(caller_module, "REMEMBERED_S", 0.0)
    body = {"amount": "1.00"}
    answer = await world.till.act("canteen", "top_up", body, party="ann")
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.no_grant")
    grant = await grant_app(
        world.pool, world.till.app, party="ann", scene="canteen", actions=["top_up"]
    )
    assert (await world.till.act("canteen", "top_up", body, party="ann")).status_code == 200
    for action, party in (("withdraw", "ann"), ("top_up", "bob")):
        answer = await world.till.act("canteen", action, body, party=party)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.no_grant")
    await revoke_grant(world.pool, world.tenant.id, grant)
    assert (await world.till.act("canteen", "top_up", body, party="ann")).status_code == 403


async def test_acting_for_a_role_covers_only_those_enrolled_in_it(world):
    body = {"amount": "1.00"}
    for party in ("acme", "hall", "nobody", "BANK"):
        answer = await world.h5.act("canteen", "top_up", body, party=party)
        assert answer.status_code == 403, party
    for role in ("clock", "trigger"):
        answer = await world.h5.act("canteen", "pay_out", {}, party="ann", role=role)
        assert (answer.status_code, answer.json()["code"]) == (403, "auth.role")
    answer = await world.h5.act("canteen", "top_up", body, party="a b")
    assert (answer.status_code, answer.json()["param"]) == (400, "Acting-Party")


async def test_a_header_names_no_other_tenant(world):
    answer = await world.h5.get("/v1/scenes", headers={"x-tenant": "bank"})
    assert answer.status_code == 200
    answer = await world.h5.get("/v1/scenes", headers={"x-tenant": "other"})
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.tenant")


async def test_another_tenant_sees_nothing_of_this_one(world):
    other = await create_tenant(world.pool, "other", "Other Bank")
    spy = await make_partner(
        world.pool, world.gateway, other, "spy", party="BANK", level="A2",
        scopes=["scene:canteen:*"], acts_for=[ActsFor("canteen", "diner")],
    )  # fmt: skip
    await world.top_up("ann", "5.00")
    for path in (
        "/v1/canteen/accounts/wallet/ann",
        "/v1/canteen/things/meal",
        "/v1/canteen/events",
        "/v1/canteen/openapi.json",
    ):
        answer = await spy.get(path, party="ann")
        assert answer.status_code == 404, path
        assert answer.json()["code"] == "scene.not_found"
    answer = await spy.act("canteen", "withdraw", {"amount": "1.00"}, party="ann")
    assert answer.status_code == 404
    assert (await spy.get("/v1/scenes")).json()["data"] == []
    assert await world.balance("wallet", "ann") == "5.00"


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_metadata_names_what_is_there(world):
    metadata = (await world.h5.http.get("/.well-known/oauth-authorization-server")).json()
    assert metadata["issuer"] == ISSUER
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert not {"none", "HS256"} & set(metadata["token_endpoint_auth_signing_alg_values_supported"])
    keys = (await world.h5.http.get("/oauth/jwks")).json()["keys"]
    assert keys
    assert all("d" not in key for key in keys)
    key = OKPKey.import_key(keys[0])
    jwt.decode(world.h5.token, key, algorithms=["EdDSA"])
