"""A partner asks, a customer allows, the partner acts and reads; and takes no further step."""

from __future__ import annotations

import base64
import time
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from api.auth.bank import BACK, OTHER, SCOPE, Flow, proof, registered
from api.auth.certificates import certificate, certificate_header
from api.partner import ISSUER
from enscene.api.auth import Keyring
from enscene.api.auth import caller as caller_module
from enscene.api.http import Request
from enscene.customers.authorizations import mask_value
from enscene.kernel import controls
from enscene.kernel.errors import Forbidden, Unauthenticated
from enscene.storage import Seal
from enscene.tenants import create_tenant
from enscene.tenants.apps import ActsFor, bind_app_tokens, find_app, register_app


async def test_from_the_question_to_the_payment(world, flow):
    told = await flow.tokens()
    assert told["token_type"] == "DPoP"
    assert told["scope"] == SCOPE
    [detail] = told["authorization_details"]
    assert (detail["party"], detail["scene"], detail["purpose"]) == ("ann", "canteen", "serve")
    token = told["access_token"]
    assert (await flow.top_up(token, "5.00")).status_code == 200
    answer = await flow.call(token)
    assert (answer.status_code, answer.json()["balance"]) == (200, "5.00")


async def test_a_token_is_good_for_what_was_allowed_and_for_no_other(world, flow):
    token = (await flow.tokens())["access_token"]
    answer = await flow.call(token, "/v1/canteen/accounts/wallet/bob")
    assert answer.status_code == 404
    answer = await flow.top_up(token, headers={"acting-party": "bob"})
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.no_grant")
    path = "/v1/canteen/actions/withdraw"
    answer = await flow.call(token, path, method="POST", body={"amount": "1.00"})
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope")
    answer = await flow.call(token, "/v1/canteen/accounts/rmb_wallet/ann")
    assert answer.status_code == 200  # nothing was said of accounts: those of a customer


@pytest.mark.parametrize("optimistic", [True, False])
async def test_withdrawn_between_token_and_posting_nothing_is_posted(world, flow, optimistic):
    told = await flow.tokens()
    token, consent = told["access_token"], told["authorization_details"][0]["consent"]
    if optimistic:  # the grant is remembered by the write path too
        assert (await flow.top_up(token, "5.00")).status_code == 200
    assert (await flow.call(token)).status_code == 200
    before = await world.sql("select count(*) from transfer")
    await flow.withdraw(consent)
    # The token is remembered by this process: the write path itself says no.
    for _ in range(3):
        answer = await flow.top_up(token, "7.00")
        assert (answer.status_code, answer.json()["code"]) == (403, "consent.withdrawn")
    answer = await flow.call(token)
    assert (answer.status_code, answer.json()["code"]) == (403, "consent.withdrawn")
    assert await world.sql("select count(*) from transfer") == before


async def test_of_payments_and_a_withdrawal_side_by_side_none_comes_after(world, flow):
    """Whatever is committed has a lower number than the withdrawal."""
    import asyncio

    told = await flow.tokens()
    token, consent = told["access_token"], told["authorization_details"][0]["consent"]
    calls = [asyncio.create_task(flow.top_up(token)) for _ in range(30)]
    await asyncio.sleep(0)
    await flow.withdraw(consent)
    answers = [*await asyncio.gather(*calls), await flow.top_up(token)]
    [(withdrawn,)] = await world.sql("select seq from event where action = 'consent.withdrawn'")
    done = [answer.json()["seq"] for answer in answers if answer.status_code == 200]
    assert all(seq < withdrawn for seq in done)
    assert {answer.status_code for answer in answers} <= {200, 401, 403}
    assert answers[-1].status_code in (401, 403)
    rows = await world.sql("select seq from event where action = 'top_up'")
    assert sorted(row[0] for row in rows) == sorted(done)


async def test_the_partner_reads_that_it_was_withdrawn(world, flow):
    told = await flow.tokens()
    await flow.withdraw(told["authorization_details"][0]["consent"])
    plain = await flow.token({"grant_type": "client_credentials"})
    token = plain.json()["access_token"]
    path = "/v1/canteen/events"
    answer = await flow.call(token, path)
    assert answer.status_code == 200, answer.text
    events = [(e["action"], e["consent"]["party"]) for e in answer.json()["data"]]
    assert events == [("consent.granted", "ann"), ("consent.withdrawn", "ann")]
    [consent] = (await flow.call(token, "/v1/consents")).json()["data"]
    assert (consent["state"], consent["party"]) == ("withdrawn", "ann")
    # Others read nothing of it.
    other = Flow(world, await world.partner("spy_app", **registered()))
    plain = await other.token({"grant_type": "client_credentials"})
    answer = await other.call(plain.json()["access_token"], path)
    assert answer.json()["data"] == []


async def test_every_reading_leaves_a_receipt_for_the_customer_and_the_auditor(world, flow):
    await world.top_up("ann", "50.00")
    assert (await world.meal("t1")).status_code == 200
    detail = (
        '[{"type":"enscene_consent","scene":"canteen","purpose":"reconcile","days":7,'
        '"things":{"meal":["price","diner","canteen"]},"accounts":["wallet"]}]'
    )
    scope = "scene:canteen:things.read scene:canteen:accounts.read scene:canteen:events.read"
    told = await flow.tokens(scope=scope, authorization_details=detail)
    token = told["access_token"]
    [meal] = (await flow.call(token, "/v1/canteen/things/meal")).json()["data"]
    assert meal["fields"] == {"price": "12.00", "diner": "ann", "canteen": "hall"}
    assert (await flow.call(token, "/v1/canteen/things/meal/t1")).status_code == 200
    assert (await flow.call(token)).status_code == 200
    answer = await flow.call(token, "/v1/canteen/accounts/wallet/ann/entries")
    assert len(answer.json()["data"]) >= 1
    events = (await flow.call(token, "/v1/canteen/events")).json()["data"]
    assert all("input" not in event and "answer" not in event for event in events)
    answer = await flow.call(token, "/v1/canteen/things/order")
    assert (answer.status_code, answer.json()["code"]) == (403, "consent.not_covered")
    answer = await flow.call(token, "/v1/canteen/accounts/rmb_wallet/ann")
    assert (answer.status_code, answer.json()["code"]) == (403, "consent.not_covered")
    mine = (await flow.call(token, "/v1/receipts")).json()["data"]
    assert [r["what"] for r in mine] == [
        "events", "accounts.wallet", "accounts.wallet", "things.meal", "things.meal",
    ]  # fmt: skip
    assert {(r["party"], r["purpose"], r["app"]) for r in mine} == {
        ("ann", "reconcile", "wallet_app")
    }
    assert mine[-1]["fields"] == ["canteen", "diner", "price"]
    auditor = await world.partner(
        "audit", party="BANK", scopes=["consents:audit"], acts_for=[]
    )  # fmt: skip
    assert len((await auditor.get("/v1/receipts")).json()["data"]) == 5
    assert (await world.till.get("/v1/receipts")).json()["data"] == []


async def test_a_grant_that_the_bank_has_entered_leaves_receipts_too(world, flow):
    from enscene.tenants.apps import grant_app

    await world.top_up("ann", "5.00")
    await grant_app(
        world.pool, world.till.app, party="ann", scene="canteen",
        actions=["accounts.read", "wallet_balance"],
    )  # fmt: skip
    answer = await world.till.get("/v1/canteen/accounts/wallet/ann", party="ann")
    assert answer.status_code == 200
    answer = await world.till.post("/v1/canteen/queries/wallet_balance", {}, party="ann")
    assert answer.status_code == 200, answer.text
    rows = (await world.till.get("/v1/receipts")).json()["data"]
    assert [row["what"] for row in rows] == ["queries.wallet_balance", "accounts.wallet"]


async def test_the_second_factor_grants_what_it_was_sent_for_and_once(world, flow):
    from enscene.customers.authorizations import SentCode, allow_request

    one, two = await flow.arrived(), await flow.arrived(scope="scene:canteen:withdraw")
    code = await flow.factor(one)

    async def allow(request, who, entered):
        number = await world.number(who)
        return await allow_request(
            world.pool,
            world.tenant.id,
            request,
            party=who,
            customer=number,
            factor=SentCode(entered),
        )

    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for request, who, entered, said in (
        (two, "ann", code, "code.none"),
        (one, "bob", code, "code.none"),
        (one, "ann", "", "code.missing"),
        (one, "ann", wrong, "code.wrong"),
    ):
        with pytest.raises(Forbidden) as fault:
            await allow(request, who, entered)
        assert fault.value.code == said
    assert await world.sql("select * from app_grant") == []
    assert "code=" in await allow(one, "ann", code)
    assert len(await world.sql("select * from app_grant")) == 1


async def test_a_consent_is_used_with_its_own_token_alone(world, flow):
    await flow.tokens()
    plain = (await flow.token({"grant_type": "client_credentials"})).json()["access_token"]
    answer = await flow.top_up(plain, headers={"acting-party": "ann"})
    assert (answer.status_code, answer.json()["code"]) == (403, "auth.no_grant")


@pytest.mark.parametrize(
    ("named", "peer", "status"),
    [("client-cert", "127.0.0.1", 200), (None, "127.0.0.1", 401), ("client-cert", "9.9.9.9", 401)],
)
async def test_a_certificate_is_believed_from_the_proxy_that_is_named(
    world, flow, named, peer, status
):
    certificates = world.gateway.access.certificates
    certificates._header = b"client-cert"
    mutual = Flow(world, await world.partner("mutual_app", **registered(token_binding="mtls")))
    form = {"grant_type": "authorization_code", "code": await mutual.code(),
            "code_verifier": mutual.verifier} | mutual.client()  # fmt: skip
    headers = {"client-cert": certificate_header("mine")}
    told = (await mutual.http.post("/oauth/token", data=form, headers=headers)).json()
    certificates._header = named and named.encode()
    transport = httpx.ASGITransport(world.gateway, client=(peer, 4711))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        sent = headers | {"authorization": f"Bearer {told['access_token']}"}
        answer = await client.get("/v1/canteen/accounts/wallet/ann", headers=sent)
    assert answer.status_code == status, answer.text


async def test_certificates_are_read_as_proxies_write_them(world, flow):
    certificates = world.gateway.access.certificates
    certificates._header = b"client-cert"
    der = certificate("mine").public_bytes(Encoding.DER)
    pem = certificate("mine").public_bytes(Encoding.PEM).decode()
    seen = set()
    for value in (certificate_header("mine"), base64.b64encode(der).decode(), quote(pem)):
        scope = {"type": "http", "method": "GET", "path": "/", "client": ("::1", 1),
                 "headers": [(b"client-cert", value.encode())]}  # fmt: skip
        seen.add(certificates.thumbprint(Request(scope, None)))
    assert len(seen) == 1
    for bad in ("x", ":x:", "-----BEGIN CERTIFICATE-----"):
        scope["headers"] = [(b"client-cert", bad.encode())]
        with pytest.raises(Unauthenticated):
            certificates.thumbprint(Request(scope, None))


async def test_the_next_key_is_published_before_it_signs(world):
    pool, seal = world.pool, Seal(bytes(32))
    await pool.execute("delete from secret_key")
    ring = Keyring(pool, seal, rotate_s=100)
    first = await ring.signing_kid()
    await pool.execute("update secret_key set created_at = now() - interval '101 seconds'")
    later = Keyring(pool, seal, rotate_s=100)
    assert await later.signing_kid() == first
    published = {key["kid"] for key in await later.public_keys()}
    assert len(published) == 2
    assert first in published
    await pool.execute("update secret_key set created_at = created_at - interval '51 seconds'")
    last = Keyring(pool, seal, rotate_s=100)
    assert {await last.signing_kid()} == published - {first}


async def test_a_partner_outside_sandboxes_is_bound_unless_it_is_said_otherwise(pool):
    tenant = await create_tenant(pool, "real", "Real Bank")
    for name, more, binding in (
        ("partner", {}, "dpop"),
        ("said", {"token_binding": "none"}, "none"),
        ("plain", {"level": "A1"}, "none"),
        ("own", {"acts_for": [ActsFor("canteen", "diner")]}, "none"),
    ):
        order = registered(**({"token_binding": None} | more))
        app = await register_app(pool, tenant, name, title=name, **order)
        assert app.token_binding == binding, name
    await bind_app_tokens(pool, app, "mtls", redirect_uris=["https://new.test/"])
    found = await find_app(pool, "real.own")
    assert (found.token_binding, found.redirect_uris) == ("mtls", ("https://new.test/",))


@given(st.text(min_size=1))
def test_nothing_of_a_masked_text_comes_back_whole(text):
    masked = mask_value(text)
    hidden = [own for own, shown in zip(text, masked, strict=True) if shown == "*"]
    assert len(hidden) >= 1
    assert all(shown in (own, "*") for own, shown in zip(text, masked, strict=True))
    # The text stays what it was only where nothing but stars was to be hidden.
    assert masked != text or set(hidden) == {"*"}


def test_what_is_left_of_a_masked_value():
    told = {"ann": "a**", "13812345678": "138****5678", "李": "*", 12: "***", None: None}
    assert {value: mask_value(value) for value in told} == told
    assert mask_value(["ann"]) == ["a**"]


async def test_a_bound_application_gets_no_token_without_a_proof(world, flow):
    answer = await flow.token({"grant_type": "client_credentials"}, dpop=None)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    # Nor does one help it that was given before.
    answer = await flow.partner.get("/v1/scenes")
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.token")


async def test_what_a_code_or_token_has_lost_is_told_by_introspection(world, flow):
    told = await flow.tokens()

    async def ask(token, path="/oauth/introspect", partner=flow):
        return await partner.http.post(path, data={"token": token} | partner.client())

    seen = (await ask(told["access_token"])).json()
    assert seen["active"] is True
    assert (seen["sub"], seen["token_type"]) == ("ann", "DPoP")
    assert "jkt" in seen["cnf"]
    assert (await ask(told["refresh_token"])).json()["active"] is True
    other = Flow(world, await world.partner("spy_app", **registered()))
    assert (await ask(told["access_token"], partner=other)).json() == {"active": False}
    await ask(told["access_token"], "/oauth/revoke", other)
    assert (await flow.call(told["access_token"])).status_code == 200
    assert (await ask(told["access_token"], "/oauth/revoke")).status_code == 200
    assert (await flow.call(told["access_token"])).status_code == 401
    assert (await ask(told["access_token"])).json() == {"active": False}
    again = (await flow.renew(told["refresh_token"])).json()
    assert (await flow.call(again["access_token"])).status_code == 200
    await ask(again["refresh_token"], "/oauth/revoke")
    assert (await flow.call(again["access_token"])).status_code == 401
    assert (await flow.renew(again["refresh_token"])).status_code == 400
    assert (await ask("nonsense")).json() == {"active": False}
    assert (await ask("nonsense", "/oauth/revoke")).status_code == 200


async def test_a_refresh_token_that_comes_twice_ends_all(world, flow):
    first = await flow.tokens()
    second = (await flow.renew(first["refresh_token"])).json()
    assert (await flow.call(second["access_token"])).status_code == 200
    answer = await flow.renew(first["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert (await flow.call(second["access_token"])).status_code == 401
    assert (await flow.renew(second["refresh_token"])).status_code == 400


async def test_another_process_learns_of_a_withdrawal(world, flow, monkeypatch):
    told = await flow.tokens()
    await flow.withdraw(told["authorization_details"][0]["consent"])
    monkeypatch.setattr(caller_module, "REMEMBERED_S", 0.0)
    world.gateway.access._callers.clear()
    answer = await flow.call(told["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.token")
    assert (await flow.renew(told["refresh_token"])).json()["error"] == "invalid_grant"


async def test_two_processes_take_a_proof_once(world, flow):
    from enscene.api import ApiSettings, create_app

    token = (await flow.tokens())["access_token"]
    other = create_app(world.host, world.pool, ApiSettings(issuer=ISSUER))
    import httpx

    path = "/v1/canteen/accounts/wallet/ann"
    sent = {"authorization": f"DPoP {token}", "dpop": proof("GET", f"{ISSUER}{path}", token)}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url=ISSUER) as second:
        assert (await flow.http.get(path, headers=sent)).status_code == 200
        answer = await second.get(path, headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.proof")


async def test_the_server_may_want_a_nonce(world, flow):
    from enscene.api.auth.dpop import Nonces

    token = (await flow.tokens())["access_token"]
    world.gateway.access.proofs.nonces = Nonces(b"secret", 60)
    answer = await flow.call(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "auth.proof_nonce")
    assert "use_dpop_nonce" in answer.headers["www-authenticate"]
    path = "/v1/canteen/accounts/wallet/ann"
    nonce = answer.headers["dpop-nonce"]
    good = proof("GET", f"{ISSUER}{path}", token, nonce=nonce)
    assert (await flow.call(token, path, dpop=good)).status_code == 200
    bad = proof("GET", f"{ISSUER}{path}", token, nonce=f"{nonce}x")
    assert (await flow.call(token, path, dpop=bad)).status_code == 401
    answer = await flow.token({"grant_type": "client_credentials"})
    assert answer.json()["error"] == "use_dpop_nonce"
    assert "dpop-nonce" in answer.headers


async def test_who_must_be_told_the_nonce_comes_again_with_the_same_code(world, flow):
    from enscene.api.auth.dpop import Nonces

    code = await flow.code()
    world.gateway.access.proofs.nonces = Nonces(b"secret", 60)
    answer = await flow.redeem(code)
    assert answer.json()["error"] == "use_dpop_nonce"
    nonce = answer.headers["dpop-nonce"]
    good = proof("POST", f"{ISSUER}/oauth/token", nonce=nonce)
    assert (await flow.redeem(code, dpop=good)).status_code == 200


@pytest.mark.parametrize(
    "uri",
    ["http://partner.test/back", "https://partner.test/back#x", "https://u@partner.test/",
     "https://*.partner.test/", "ftp://partner.test/", "https:///back", "partner.test"],
)  # fmt: skip
async def test_addresses_that_nobody_is_led_back_to(world, uri):
    from enscene.kernel.errors import Invalid

    with pytest.raises(Invalid) as fault:
        await world.partner("bad_app", **registered(redirect_uris=[uri]))
    assert fault.value.code == "app.bad_redirect"


async def test_a_sandbox_leads_back_to_loopback(world):
    uri = "http://127.0.0.1:8123/back"
    partner = await world.partner("local_app", **registered(redirect_uris=[uri]))
    assert partner.app.redirect_uris == (uri,)


@pytest.mark.parametrize(
    ("detail", "scope"),
    [
        ('[{"type":"other","scene":"canteen"}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"travel"}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","purpose":"sell"}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","days":366}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","days":0}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","more":1}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","accounts":["takings"]}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","things":{"meal":["price"]}}]', SCOPE),
        ('[{"type":"enscene_consent","scene":"canteen","things":{"meal":["cost"]}}]',
         "scene:canteen:things.read"),
        ("[]", SCOPE), ("{}", SCOPE), ("nonsense", SCOPE), ("[NaN]", SCOPE),
    ],
)  # fmt: skip
async def test_details_that_ask_for_what_is_not_there(flow, detail, scope):
    answer = await flow.push(scope=scope, authorization_details=detail)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_authorization_details")


@pytest.mark.parametrize(
    "scope",
    ["", "scene:canteen:*", "platform:clock", "scene:canteen:parties.write", "scene:canteen:no",
     "scene:canteen:top_up scene:travel:book", "openid", "scene:canteen:offer_dish"],
)  # fmt: skip
async def test_scopes_that_no_customer_is_asked_for(flow, scope):
    answer = await flow.push(scope=scope)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_product_information_alone_lets_nobody_ask_for_money(world):
    flow = Flow(world, await world.partner("a1_app", **registered(level="A1")))
    assert (await flow.push()).json()["error"] == "invalid_scope"


async def test_who_comes_with_nothing_good_is_led_nowhere(world, flow):
    for reference in ("", "urn:ietf:params:oauth:request_uri:x", "https://evil.test/"):
        answer = await flow.open(reference)
        assert answer.status_code == 400
        assert "location" not in answer.headers
    page = await flow.http.get(
        "/oauth/authorize", headers={"accept": "text/html", "accept-language": "zh-CN"}
    )
    assert (page.status_code, "授权请求无效" in page.text) == (400, True)


async def test_a_loaded_proof_dies_with_its_time(flow):
    token = (await flow.tokens())["access_token"]
    path = "/v1/canteen/accounts/wallet/ann"
    for late in (-70, 20):
        old = proof("GET", f"{ISSUER}{path}", token, iat=int(time.time()) + late)
        answer = await flow.call(token, path, dpop=old)
        assert (answer.status_code, answer.json()["code"]) == (401, "auth.proof")
    assert 'error="invalid_dpop_proof"' in answer.headers["www-authenticate"]
    stolen = proof("GET", f"{ISSUER}{path}", token, key=OTHER)
    assert (await flow.call(token, path, dpop=stolen)).status_code == 401


async def test_the_answer_names_who_gives_it(flow):
    brought = await flow.allow(await flow.arrived())
    assert (brought["iss"], brought["state"]) == (ISSUER, "s1")
    assert BACK.startswith("https://")


@pytest.mark.parametrize("optimistic", [True, False])
async def test_without_its_control_what_was_withdrawn_is_posted(
    world, flow, monkeypatch, optimistic
):
    told = await flow.tokens()
    token, consent = told["access_token"], told["authorization_details"][0]["consent"]
    if optimistic:
        assert (await flow.top_up(token, "5.00")).status_code == 200
    assert (await flow.call(token)).status_code == 200
    await flow.withdraw(consent)
    assert (await flow.top_up(token, "7.00")).status_code == 403
    monkeypatch.setitem(controls._CONTROLS, "grant_in_force", lambda: None)
    assert (await flow.top_up(token, "7.00")).status_code == 200


def test_without_its_control_a_value_is_shown_whole(monkeypatch):
    monkeypatch.setitem(controls._CONTROLS, "c2_mask", lambda value: value)
    with pytest.raises(AssertionError):
        test_what_is_left_of_a_masked_value()
