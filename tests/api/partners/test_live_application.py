"""What a partner's application may do at the bank: as its settings said when they were tried."""

from __future__ import annotations

import asyncio
import secrets

import pytest
from receiver import Receiver

from api.partners.conftest import ISSUER
from api.partners.test_conformance import run, trying
from enscene.api import serving
from enscene.kernel.errors import Conflict, Invalid, Refused
from enscene.partners.go_live import go_live, renew_settings
from enscene.partners.open_sandbox import new_pair
from enscene.partners.partner import partner_id
from enscene.partners.store import admitted
from enscene.tenants.apps import find_app
from enscene_client import Client, Key, Problem

BACK = "https://partner.example/back"
LOCAL = "http://127.0.0.1:9000/back"


async def ask_and_open(joining, applicant, **more):
    """Ask with a new pair, and the bank opens it; the private key, and the live application."""
    private, public = new_pair()
    answer = await applicant.ask("POST", "/go-live", {"jwks": [public]})
    assert answer.status_code == 200, answer.text
    await joining.govern(applicant.id)
    await go_live(
        joining.pool, joining.bank, partner_id(applicant.id), "checker@bank", "as agreed", **more
    )
    return private, await find_app(joining.pool, (await applicant.told())["live_client_id"])


@pytest.fixture
async def proven(joining):
    async with trying(joining, Receiver) as (applicant, _):
        answer = await applicant.ask("PATCH", "", {"redirect_uris": [BACK, LOCAL]})
        assert answer.json()["redirect_uris"] == [BACK, LOCAL], answer.text
        assert (await run(joining, applicant))["state"] == "passed"
        yield applicant


async def sandbox_app(joining, applicant):
    return await find_app(joining.pool, (await applicant.told())["sandbox_client_id"])


async def test_settings_reach_the_sandbox_at_once_and_the_bank_without_loopback(joining, proven):
    assert (await sandbox_app(joining, proven)).redirect_uris == (BACK, LOCAL)
    _, app = await ask_and_open(joining, proven)
    assert app.redirect_uris == (BACK,)
    assert (app.signing, app.party) == ("none", None)


async def test_funds_and_account_data_are_signed_for_at_the_bank(joining):
    """The sandbox lets a partner begin unsigned; the bank does not."""
    async with trying(joining, Receiver, level="A2") as (applicant, _):
        assert (await sandbox_app(joining, applicant)).signing == "none"
        assert (await run(joining, applicant))["state"] == "passed"
    private, app = await ask_and_open(joining, applicant)
    assert (app.signing, app.token_binding) == ("message", "dpop")
    async with serving(joining.gateway, port=0) as base:
        args = (base, app.client_id, Key.from_jwk(private))
        signed = Client(*args, dpop=True, signing=True, issuer=ISSUER)
        answer = await asyncio.to_thread(signed.get, "/v1/scenes")
        assert [each["ref"] for each in answer.body["data"]] == ["canteen"]
        unsigned = Client(*args, dpop=True, issuer=ISSUER)
        with pytest.raises(Problem) as refused:
            await asyncio.to_thread(unsigned.get, "/v1/scenes")
        assert refused.value.code == "auth.signature"
        for client in (signed, unsigned):
            client.close()


async def test_a_way_to_sign_is_tried_in_the_sandbox_first(joining, proven):
    answer = await proven.ask("PATCH", "", {"signing": "message"})
    assert answer.json()["stage"] == "sandbox"  # it has to be proven anew
    assert (await sandbox_app(joining, proven)).signing == "message"
    _, public = new_pair()
    refused = await proven.ask("POST", "/go-live", {"jwks": [public]})
    assert refused.json()["code"] == "partner.not_proven"


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"redirect_uris": ["http://partner.example/back"]}, "redirect_uris"),
        ({"redirect_uris": ["https://user@partner.example/"]}, "redirect_uris"),
        ({"redirect_uris": ["https://*.example/"]}, "redirect_uris"),
        ({"redirect_uris": [BACK] * 11}, "redirect_uris"),
        ({"signing": "sometimes"}, "signing"), ({"signing": None}, "signing"),
    ],
)  # fmt: skip
async def test_bad_settings_are_refused_by_field_and_change_nothing(joining, change, param):
    applicant = await joining.sign_up()
    answer = await applicant.ask("PATCH", "", change)
    assert answer.status_code == 400
    assert answer.json()["param"].startswith(param)
    told = await applicant.told()
    assert (told["redirect_uris"], told["signing"], told["settings"]) == ([], None, 1)


async def test_its_own_party_is_a_firm_that_the_bank_knows(joining, proven):
    shop = f"shop-{secrets.token_hex(3)}"
    async with admitted(joining.pool, joining.bank.id) as connection:
        await connection.execute(
            "insert into party (tenant, ref, kind) values ($1, $2, 'merchant')",
            joining.bank.id, shop,
        )  # fmt: skip
        diner = await connection.fetchval(
            "select ref from party where tenant = $1 and kind = 'person' limit 1", joining.bank.id
        )
    for party in (diner, "nobody"):
        assert party is not None
        with pytest.raises(Invalid) as refused:
            await ask_and_open(joining, proven, party=party)
        assert refused.value.param == "party"
        assert (await proven.told())["live_client_id"] is None
    _, app = await ask_and_open(joining, proven, party=shop)
    assert app.party == shop


async def test_later_settings_are_taken_over_after_a_run(joining, proven):
    partner = partner_id(proven.id)
    with pytest.raises(Conflict):
        await renew_settings(joining.pool, joining.bank, partner)
    await ask_and_open(joining, proven)
    await proven.ask("PATCH", "", {"redirect_uris": ["https://partner.example/new"]})
    with pytest.raises(Refused):
        await renew_settings(joining.pool, joining.bank, partner)
    assert (await run(joining, proven))["state"] == "passed"
    for _ in range(2):
        await renew_settings(joining.pool, joining.bank, partner)
        app = await find_app(joining.pool, (await proven.told())["live_client_id"])
        assert app.redirect_uris == ("https://partner.example/new",)
