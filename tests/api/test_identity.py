"""Who is who over the API: keys shown in bulk, ties decided by another, parted again; nothing kept of
what is refused, and never a number."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.conftest import World, canteen_pack, world
from api.partner import Partner, make_partner
from enscene.api import serving
from enscene.api.documents.platform import platform_document
from enscene.cli._attack_generated import play_document
from enscene.commit import admit
from enscene.customers import Enrolment
from enscene.scenes.administer import enrol
from enscene.tenants import create_tenant

__all__ = ["canteen_pack", "world"]
ALL = ["identity:read", "identity:write", "identity:approve"]
RIC, OTHER_RIC = "11010519491231002X", "110105199003071239"
PHONE = "+86 139-1234-5678"


@pytest.fixture
async def core(world: World) -> Partner:
    await _enrol(world, "ann2", "bob", "cat")
    return await world.partner("crm", scopes=ALL, level="A2")


@pytest.fixture
async def chief(world: World) -> Partner:
    return await world.partner("chief", scopes=ALL, level="A2")


async def _enrol(world: World, *refs: str) -> None:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        people = [Enrolment(ref, "diner", "person", f"name of {ref[:3]}") for ref in refs]
        await enrol(connection, world.tenant.id, world.scene, world.pack, people)


def holds(customer: str, kind: str, number: str) -> dict[str, Any]:
    return {"customer": customer, "keys": [{"kind": kind, "number": number}]}


async def show(app: Partner, *customers: dict[str, Any]) -> Any:
    return await app.post("/v1/identity/keys", {"customers": list(customers)})


async def kept(world: World) -> list[Any]:
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        return list(await connection.fetch("select party, kind, tail from identity_key"))


async def test_who_holds_the_same_number_is_one_customer_and_again_changes_nothing(
    core: Partner,
) -> None:
    given = [
        holds("ann", "ric", RIC),
        holds("ann2", "ric", RIC.lower()),
        holds("bob", "ric", OTHER_RIC),
    ]
    first = (await show(core, *given)).json()
    assert [sorted(each["customers"]) for each in first["tied"]] == [["ann", "ann2"]]
    assert first["tied"][0]["why"] == "ric"
    assert (await show(core, *given)).json() == {"tied": [], "asked": []}
    found = (await core.get("/v1/identity/customers/ann2")).json()
    assert {each["ref"]: each["keys"] for each in found["parties"]} == {
        "ann": [{"kind": "ric", "tail": "002X"}], "ann2": [{"kind": "ric", "tail": "002X"}],
    }  # fmt: skip
    assert len(found["ties"]) == 1
    alone = (await core.get("/v1/identity/customers/bob")).json()
    assert [each["ref"] for each in alone["parties"]] == ["bob"]


async def test_no_number_is_told_or_kept(world: World, core: Partner) -> None:
    await show(core, holds("ann", "ric", RIC), holds("ann2", "phone", PHONE))
    told = (await core.get("/v1/identity/customers/ann")).text
    assert RIC not in told
    async with world.pool.acquire() as connection, connection.transaction():
        await admit(connection, [world.tenant.id])
        rows = await connection.fetch("select * from identity_key")
    assert len(rows) == 2
    assert all(RIC not in str(dict(row)) and "13912345678" not in str(dict(row)) for row in rows)


async def test_what_another_decides_is_so_and_parted_is_as_before(
    core: Partner, chief: Partner
) -> None:
    asked = await core.post(
        "/v1/identity/ties", {"customer": "ann", "other": "bob", "note": "seen at the counter"}
    )
    assert asked.json()["state"] == "asked"
    path = f"/v1/identity/ties/{asked.json()['id']}/decide"
    own = await core.post(path, {"approve": True})
    assert (own.status_code, own.json()["code"]) == (403, "identity.four_eyes")
    done = await chief.post(path, {"approve": True})
    assert (done.json()["state"], done.json()["decided_by"]) == ("tied", "app:chief")
    again = await chief.post(path, {"approve": False})
    assert (again.status_code, again.json()["code"]) == (409, "identity.decided")
    parted = await core.post("/v1/identity/customers/bob/part", {"note": "two people after all"})
    assert [each["state"] for each in parted.json()["undone"]] == ["undone"]
    found = (await core.get("/v1/identity/customers/ann")).json()
    assert [each["ref"] for each in found["parties"]] == ["ann"]
    twice = await core.post("/v1/identity/customers/bob/part", {"note": "two people after all"})
    assert (twice.status_code, twice.json()["code"]) == (409, "identity.apart")


async def test_two_identity_cards_are_asked_of_people(core: Partner, chief: Partner) -> None:
    await show(core, holds("bob", "ric", RIC), holds("cat", "ric", OTHER_RIC))
    found = (
        await show(
            core, holds("bob", "bank_number", "C00012"), holds("cat", "bank_number", "C00012")
        )
    ).json()
    assert (found["tied"], [each["state"] for each in found["asked"]]) == ([], ["asked"])
    refused = await chief.post(
        f"/v1/identity/ties/{found['asked'][0]['id']}/decide", {"approve": True}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "identity.differ")


@pytest.mark.parametrize(
    ("customers", "code", "param"),
    [([], "identity.count", "customers"),
     ([holds("ann", "ric", RIC)] * 501, "identity.count", "customers"),
     ([{"customer": "ann", "keys": []}], "identity.count", "customers[0].keys"),
     ([holds("ann", "ric", RIC), holds("bob", "ric", "110105194912310021")], "identity.ric",
      "customers[1].keys[0].number"),
     ([holds("ann", "ric", RIC), holds("nobody", "phone", PHONE)], "identity.unknown",
      "customers[1].customer"),
     ([holds("ann", "ric", RIC), holds("a b", "phone", PHONE)], "ref.malformed",
      "customers[1].customer"),
     ([holds("ann", "phone", "12345678901")], "identity.phone", "customers[0].keys[0].number"),
     ([holds("ann", "uscc", "91110000600037341L")], "identity.holder", "customers[0].keys[0].kind"),
     ([holds("till", "bank_number", "C00012")], "identity.holder", "customers[0].keys[0].kind"),
     ([holds("ann", "device", "imei")], "invalid.type", "customers[0].keys[0].kind"),
     ([holds("ann", "ric", RIC) | {"wish": 1}], "invalid.unknown_field", "customers[0].wish")],
)  # fmt: skip
async def test_one_mistake_and_nothing_is_kept(
    world: World, core: Partner, customers: list[Any], code: str, param: str
) -> None:
    refused = await show(core, *customers)
    told = refused.json()
    assert (refused.status_code, told["code"], told["param"]) == (400, code, param), told
    assert await kept(world) == []


async def test_who_may_not_is_refused(world: World, core: Partner) -> None:
    reader = await world.partner("reader", scopes=["identity:read"], level="A2")
    low = await world.partner("low", scopes=ALL, level="A1")
    for app, code in ((reader, "auth.scope"), (low, "auth.level")):
        refused = await show(app, holds("ann", "ric", RIC))
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    writer = await world.partner("writer", scopes=["identity:write"], level="A2")
    made = await writer.post(
        "/v1/identity/ties", {"customer": "ann", "other": "bob", "note": "seen at the counter"}
    )
    path = f"/v1/identity/ties/{made.json()['id']}/decide"
    assert (await writer.post(path, {"approve": True})).json()["code"] == "auth.scope"
    for path in ("/v1/identity/customers/nobody", "/v1/identity/customers/nobody/part"):
        call = core.get(path) if path.endswith("nobody") else core.post(path, {"note": "no one is"})
        missing = await call
        assert (missing.status_code, missing.json()["code"]) == (404, "identity.no_customer")
    missing = await core.post("/v1/identity/ties/none/decide", {"approve": True})
    assert missing.json()["code"] == "identity.not_found"


async def test_two_banks_see_nothing_of_each_other(world: World, core: Partner) -> None:
    await show(core, holds("ann", "ric", RIC))
    tie = (await core.post(
        "/v1/identity/ties", {"customer": "ann", "other": "bob", "note": "seen at the counter"}
    )).json()["id"]  # fmt: skip
    other = await create_tenant(world.pool, "other", "Other Bank", sandbox=True)
    app = await make_partner(world.pool, world.gateway, other, "core", scopes=ALL, level="A2")
    assert (await app.get("/v1/identity/customers/ann")).status_code == 404
    assert (await app.post(f"/v1/identity/ties/{tie}/decide", {"approve": True})).status_code == 404
    assert (await show(app, holds("ann", "ric", RIC))).json()["code"] == "identity.unknown"


async def test_two_who_show_the_same_at_once_are_one_by_one_tie(core: Partner) -> None:
    people = ["ann", "ann2", "bob", "cat"]
    answers = await asyncio.gather(
        *(show(core, holds(who, "bank_number", "C00012")) for who in people * 3)
    )
    assert {each.status_code for each in answers} == {200}
    assert sum(len(each.json()["tied"]) for each in answers) == len(people) - 1
    found = (await core.get("/v1/identity/customers/cat")).json()
    assert sorted(each["ref"] for each in found["parties"]) == sorted(people)


async def test_generated_requests_get_what_the_document_promises(
    world: World, core: Partner
) -> None:
    async with serving(world.gateway, port=0) as address:
        document = platform_document(address)
        document["paths"] = {
            path: item for path, item in document["paths"].items()
            if path.startswith("/v1/identity")
        }  # fmt: skip
        done = await asyncio.to_thread(
            play_document, document, address, lambda _: (core.token, {}), 15
        )
    assert done >= 50


def test_every_path_stands_in_the_document_with_its_scope() -> None:
    paths = platform_document("https://bank.example")["paths"]
    found = {path: each for path, each in paths.items() if path.startswith("/v1/identity")}
    assert len(found) == 5
    for path in found.values():
        for method, operation in path.items():
            if method in ("get", "post"):
                assert operation["x-level"] == "A2"
                assert set(operation["x-scope"].split(" | ")) <= set(ALL)
