"""Applications: keys, scopes, grants."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.tenants import create_tenant
from enscene.tenants.apps import (
    ActsFor,
    find_app,
    find_grants,
    get_app,
    grant_app,
    list_apps,
    register_app,
    replace_app_keys,
    resume_app,
    revoke_grant,
    suspend_app,
)

# The modulus of a key of 1,024 bits; it need not be one.
SHORT_RSA = base64.urlsafe_b64encode(b"\xc3" + b"\x55" * 127).rstrip(b"=").decode()


def public_key(kid="one"):
    return ECKey.generate_key("P-256", {"kid": kid}).as_dict(private=False)


@pytest.fixture
async def bank(pool):
    return await create_tenant(pool, "bank", "Bank")


@pytest.fixture
async def app(pool, bank):
    return await register_app(
        pool,
        bank,
        "h5",
        title="H5",
        scopes=["scene:canteen:*", "platform:clock"],
        jwks=[public_key()],
        party="BANK",
        level="A2",
        acts_for=[ActsFor("canteen", "diner", ("pay_meal",))],
    )


async def test_an_application_is_found_by_its_client_id(pool, bank, app):
    assert app.client_id == "bank.h5"
    assert await find_app(pool, "bank.h5") == app
    assert await get_app(pool, bank.id, app.id) == app
    assert await list_apps(pool, bank.id) == [app]
    assert app.acts_for[0].allows("canteen", "pay_meal")
    assert not app.acts_for[0].allows("canteen", "refund_meal")
    assert not app.acts_for[0].allows("travel", "pay_meal")
    for unknown in ("bank.other", "other.h5", "h5", "bank.h5.x", "", "bank.h5\n"):
        with pytest.raises(NotFound):
            await find_app(pool, unknown)


async def test_it_is_suspended_and_resumed_and_gets_new_keys(pool, app):
    await suspend_app(pool, app)
    assert (await find_app(pool, "bank.h5")).status == "suspended"
    await resume_app(pool, app)
    assert (await find_app(pool, "bank.h5")).status == "active"
    await replace_app_keys(pool, app, [public_key("one"), public_key("two")])
    assert [k["kid"] for k in (await find_app(pool, "bank.h5")).jwks] == ["one", "two"]


@pytest.mark.parametrize(
    "jwks",
    [
        [],
        [OctKey.generate_key(256, {"kid": "one"}).as_dict()],
        [ECKey.generate_key("P-256", {"kid": "one"}).as_dict(private=True)],
        [ECKey.generate_key("P-384", {"kid": "one"}).as_dict(private=False)],
        [OKPKey.generate_key("X25519", {"kid": "one"}).as_dict(private=False)],
        [RSAKey.generate_key(2048, {"kid": "one"}).as_dict(private=False) | {"n": SHORT_RSA}],
        [public_key() | {"kid": None}],
        [public_key() | {"kid": ""}],
        [public_key(), public_key()],
        [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "one"}],
        [public_key() | {"y": "nonsense!"}],
        [public_key(str(n)) for n in range(9)],
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
async def test_only_public_keys_that_can_check_a_signature_are_taken(pool, bank, jwks):
    with pytest.raises(Invalid) as error:
        await register_app(pool, bank, "x", title="X", scopes=[], jwks=jwks)
    assert error.value.code == "app.bad_key"
    assert await list_apps(pool, bank.id) == []


@pytest.mark.parametrize(
    "scope", ["", "*", "scene:canteen", "scene:*:*", "scene:canteen:Pay", "scene:a:b:c", "clock"]
)
async def test_a_scope_has_a_form(pool, bank, scope):
    with pytest.raises(Invalid) as error:
        await register_app(pool, bank, "x", title="X", scopes=[scope], jwks=[public_key()])
    assert error.value.code == "app.bad_scope"


async def test_a_name_is_taken_once_in_a_tenant(pool, bank, app):
    with pytest.raises(Conflict):
        await register_app(pool, bank, "h5", title="H5", scopes=[], jwks=[public_key()])
    other = await create_tenant(pool, "other", "Other")
    same = await register_app(pool, other, "h5", title="H5", scopes=[], jwks=[public_key()])
    assert same.client_id == "other.h5"
    assert await list_apps(pool, bank.id) == [app]


async def test_a_grant_names_person_scene_and_actions_until_it_ends(pool, bank, app):
    grant = await grant_app(
        pool, app, party="E1", scene="canteen", actions=["pay_meal", "accounts.read"]
    )
    past = datetime.now(UTC) - timedelta(seconds=1)
    await grant_app(pool, app, party="E1", scene="travel", actions=["book"], expires_at=past)
    [found] = await find_grants(pool, app, "E1")
    assert (found.id, found.scene) == (grant, "canteen")
    assert found.actions == {"pay_meal", "accounts.read"}
    assert await find_grants(pool, app, "E2") == []
    await revoke_grant(pool, bank.id, grant)
    assert await find_grants(pool, app, "E1") == []
    with pytest.raises(NotFound):
        await revoke_grant(pool, bank.id, grant)


@pytest.mark.parametrize("actions", [[], ["*"]])
async def test_a_grant_never_allows_everything(pool, app, actions):
    with pytest.raises(Invalid):
        await grant_app(pool, app, party="E1", scene="canteen", actions=actions)


async def test_without_its_tenant_no_row_is_visible(pool, bank, app):
    await grant_app(pool, app, party="E1", scene="canteen", actions=["pay_meal"])
    other = await create_tenant(pool, "other", "Other")
    tables = ["app", "app_grant", "used_assertion", "console_user", "console_session",
              "login_failure"]  # fmt: skip
    async with pool.acquire() as connection:
        for tenants in ("", f"{{{other.id}}}"):
            async with connection.transaction():
                await connection.execute("select set_config('enscene.tenants', $1, true)", tenants)
                for table in tables:
                    assert await connection.fetchval(f"select count(*) from {table}") == 0
        for table in tables:
            forced = await connection.fetchrow(
                "select relrowsecurity, relforcerowsecurity from pg_class where relname = $1", table
            )
            assert tuple(forced) == (True, True), table
