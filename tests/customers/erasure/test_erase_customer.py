"""A person is erased: nothing in the schema names them, and the ledger is what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from api.auth.bank import Flow
from api.auth.conftest import flow
from api.conftest import World, canteen_pack, world
from customers.erasure.planting import (
    CARD,
    NAME,
    PHONE,
    REF,
    columns,
    look_everywhere,
    look_in_files,
    plant,
)
from enscene.customers import Enrolment, know_parties
from enscene.customers.erasure import (
    ask_erasure,
    check_erasure,
    confirm_refusal,
    give_back_erasure,
    lift_legal_hold,
    list_erased,
    list_erasures,
    make_erasure_code,
    read_erased,
    set_legal_hold,
    store,
    what_stands,
)
from enscene.customers.erasure.tables import BARE, EMPTIED, OWN, SWEPT
from enscene.engagement import erase_again, erase_customer
from enscene.engagement.outside import Sender, check_event, take_events
from enscene.kernel import controls
from enscene.kernel.errors import Conflict, Forbidden, Refused
from enscene.lake import Folder, Lake
from enscene.ledger import verify_ledger
from enscene.scenes.administer import enrol, link
from enscene.storage import Database, connect

__all__ = ["canteen_pack", "flow", "world"]
# What the code itself writes of an erasure, in a way of its own, below.
SELF = {"erasure", "legal_hold"}
# Digests, numbers, and bytes that name nobody.
DIGESTS = {"circle_cell", "consent_factor", "engine_state", "handoff", "second_factor"}


@pytest.fixture
async def person(world: World, flow: Flow) -> int:
    """Somebody with a name and numbers, who has eaten, paid, and let an application look."""
    tenant = world.tenant.id
    async with store.admitted(world.pool, tenant) as connection:
        await enrol(connection, tenant, world.scene, world.pack,
                    [Enrolment(REF, "diner", "person", NAME)])  # fmt: skip
        await link(connection, tenant, world.scene, world.pack, "works_for", [(REF, "acme")])
        await know_parties(connection, tenant, {REF: {"phone": PHONE, "card": CARD}})
    await world.top_up(REF, "12.00")
    paid = await world.meal("m-1", REF, "12.00")
    assert paid.status_code == 200, paid.text
    rest = await world.balance("wallet", REF)
    if rest != "0.00":
        await world.h5.act("canteen", "withdraw", {"amount": rest}, party=REF)
    # As after the night in which the canteen gets its money.
    await world.sql("update thing set due = null, timer = null")  # type: ignore[attr-defined]
    token = (await flow.tokens(REF))["access_token"]
    assert (await flow.call(token, f"/v1/canteen/accounts/wallet/{REF}")).status_code == 200
    number: int = await world.number(REF)  # type: ignore[attr-defined]
    return number


async def asked(world: World, person: int) -> Any:
    """The number of an erasure that the person has asked for."""
    tenant = world.tenant.id
    async with store.admitted(world.pool, tenant) as connection:
        code = await make_erasure_code(connection, tenant, person, REF)
    await ask_erasure(world.pool, tenant, person, asked_in="bank_page", factor=code)
    async with store.admitted(world.pool, tenant) as connection:
        return (await list_erasures(connection, tenant))[0].id


async def erased(world: World, person: int, **more: Any) -> str:
    """What the person is called, when two people have decided."""
    tenant = world.tenant.id
    number = await asked(world, person)
    async with store.admitted(world.pool, tenant) as connection:
        await check_erasure(connection, tenant, number, "lin", "erase", "nothing is open")
    return await erase_customer(world.pool, world.host, tenant, number, "wu", **more)


async def books(world: World) -> tuple[Any, ...]:
    """The ledger as it adds up, and every posting of it."""
    async with world.pool.acquire() as connection:
        verdict = await verify_ledger(connection, world.tenant.id)
        assert verdict.verified, verdict.faults
    async with store.admitted(world.pool, world.tenant.id) as connection:
        rows = await connection.fetch("select * from transfer order by seq, n")
        accounts = await connection.fetch("select * from account order by id")
    return verdict.sum_minor, [tuple(r) for r in rows], [tuple(r) for r in accounts]


async def test_nothing_names_the_person_and_the_ledger_is_as_it_was(
    world: World, person: int, database: Database
) -> None:
    owner = await connect(database.url_admin or "")
    before = await look_everywhere(owner)
    assert {"party.ref", "event.facts", "receipt.party", "app_grant.party", "thing.fields"} <= set(
        before
    )
    held = (set(SWEPT) | EMPTIED - DIGESTS) & set(await columns(owner)) - SELF
    await plant(owner, held, world.tenant.id, person)
    planted = {name.partition(".")[0] for name in await look_everywhere(owner)}
    assert held - {"brought_in_person"} <= planted, "each table held the person"
    ledger = await books(world)
    opaque = await erased(world, person)
    assert await look_everywhere(owner) == {}
    assert await books(world) == ledger
    assert await owner.fetchval("select ref from party where id = $1", person) == opaque
    assert await owner.fetchval("select actor from event where action = 'top_up'") is not None
    await owner.close()


async def test_nothing_that_came_from_outside_is_left_of_the_person(
    world: World, person: int, tmp_path: Path
) -> None:
    words = ("canary-page", "canary-staff")
    value = {"specversion": "1.0", "source": "/crm", "subject": REF, "scene": "canteen",
             "time": datetime.now(UTC).isoformat()}  # fmt: skip
    viewed = {"type": "page.viewed", "id": "1", "data": {"page": words[0], "dwell_ms": 9}}
    called = {"type": "staff.called", "id": "2", "data": {"staff": words[1], "outcome": "reached"}}
    other = {**viewed, "id": "3", "subject": "ann"}
    events = [check_event({**value, **each}) for each in (viewed, called, other)]
    await take_events(world.pool, world.tenant.id, events, Sender("crm"), places=[""] * 3)
    async with world.pool.acquire() as connection:  # the lake waits for a page that is full
        await connection.execute("update shard set seq = 1000000")
    lake = Lake(world.pool, Folder(tmp_path / "lake"))
    await lake.settle()
    assert look_in_files(lake.folder.root, [words[1]]) != {}
    await erased(world, person)
    await lake.settle()
    assert look_in_files(lake.folder.root, [words[1]]) == {}
    async with store.admitted(world.pool, world.tenant.id) as connection:
        rows = await connection.fetch("select subject, facts::text from event")
    held = [row["subject"] for row in rows if any(word in row["facts"] for word in words)]
    assert held == ["party:ann"]


async def test_nothing_in_the_lake_names_the_person_and_its_sums_are_as_they_were(
    world: World, person: int, database: Database, tmp_path: Path
) -> None:
    owner = await connect(database.url_admin or "")
    await plant(owner, {"event", "scene"}, world.tenant.id, person)
    await owner.execute("update shard set seq = 1000000")
    lake = Lake(world.pool, Folder(tmp_path / "lake"))
    await lake.settle()
    before = look_in_files(lake.folder.root)
    assert {mark for marks in before.values() for mark in marks} == {REF, NAME, PHONE, CARD}
    assert {path.split("/")[0] for path in before} == {"event", "party", "scene"}
    money = set(await lake.files(["posting"]))
    # Half written by one that was killed, and between the decision and the sweep.
    left = lake.folder.root / ".writing" / "left.parquet"
    left.write_bytes((lake.folder.root / next(iter(before))).read_bytes())
    number = await asked(world, person)
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await check_erasure(connection, world.tenant.id, number, "lin", "erase", "nothing is open")
    await world.top_up("bob", "1.00")
    await lake.settle()
    opaque = await erase_customer(world.pool, world.host, world.tenant.id, number, "wu")
    assert look_in_files(lake.folder.root) != {}
    await lake.step()
    assert look_in_files(lake.folder.root) == {}
    assert set(look_in_files(lake.folder.root, [opaque])) != set()
    assert money <= set(await lake.files(["posting"])), "no posting was touched"
    await lake.settle()
    assert look_in_files(lake.folder.root) == {}
    await owner.close()


async def test_every_table_of_the_schema_is_known_to_erasure(database: Database) -> None:
    owner = await connect(database.url_admin or "")
    known = set(SWEPT) | set(BARE) | OWN | EMPTIED
    assert set(await columns(owner)) - known == set(), "say in tables.py what is in them"
    assert len(known) == len(SWEPT) + len(BARE) + len(OWN) + len(EMPTIED), "in one list alone"
    await owner.close()


async def test_why_it_was_erased_stays(world: World, person: int) -> None:
    opaque = await erased(world, person)
    async with store.admitted(world.pool, world.tenant.id) as connection:
        found = (await list_erasures(connection, world.tenant.id))[0]
    assert (found.number, found.law, found.checked_by, found.decided_by) == (
        1, "PIPL 47", "lin", "wu",
    )  # fmt: skip
    assert (found.state, found.opaque, found.ref) == ("erased", opaque, opaque)
    assert found.decided_at is not None


async def test_consents_end_and_the_partner_is_told_by_the_number_of_the_consent(
    world: World, person: int, flow: Flow
) -> None:
    token = (await flow.tokens(REF))["access_token"]
    opaque = await erased(world, person)
    answer = await flow.call(token, f"/v1/canteen/accounts/wallet/{REF}")
    assert answer.status_code in (401, 403)
    rows = await world.sql(  # type: ignore[attr-defined]
        "select facts from event where action = 'customer.erased' order by seq"
    )
    assert [row["facts"]["consent"]["party"] for row in rows] == [opaque] * 2
    assert {row["facts"]["app"] for row in rows} == {flow.partner.app.client_id.rpartition(".")[2]}
    open_now = "select count(*) from app_grant where party = $1 and revoked_at is null"
    assert (await world.sql(open_now, opaque))[0][0] == 0  # type: ignore[attr-defined]


async def test_whoever_comes_again_is_somebody_else(world: World, person: int) -> None:
    await erased(world, person)
    async with store.admitted(world.pool, world.tenant.id) as connection:
        await enrol(connection, world.tenant.id, world.scene, world.pack,
                    [Enrolment(REF, "diner", "person")])  # fmt: skip
    await world.top_up(REF, "1.00")
    assert await world.number(REF) != person  # type: ignore[attr-defined]
    assert await world.balance("wallet", REF) == "1.00"


async def test_what_is_open_stands_against_it(world: World, person: int) -> None:
    tenant = world.tenant.id
    await world.top_up(REF, "5.00")
    async with store.admitted(world.pool, tenant) as connection:
        await set_legal_hold(connection, tenant, person, "a court keeps the records", "lin")
        found = await what_stands(connection, tenant, person, REF)
    assert [each.told() for each in found] == [
        {"what": "balance", "name": "wallet", "many": 1, "amount": "5.00", "currency": "CNY",
         "way_out": "empty"},
        {"what": "bank", "name": "", "many": 1, "way_out": "bank"},
    ]  # fmt: skip
    number = await asked(world, person)
    async with store.admitted(world.pool, tenant) as connection:
        with pytest.raises(Refused) as refusal:
            await check_erasure(connection, tenant, number, "lin", "erase", "because")
        assert refusal.value.code == "erasure.stands"
        hold = (await store.list_holds(connection, tenant))[0]["id"]
        with pytest.raises(Forbidden):
            await lift_legal_hold(connection, tenant, hold, "lin")
        await lift_legal_hold(connection, tenant, hold, "wu")
        assert len(await what_stands(connection, tenant, person, REF)) == 1


async def test_money_that_comes_in_between_stops_it(world: World, person: int) -> None:
    tenant = world.tenant.id
    number = await asked(world, person)
    async with store.admitted(world.pool, tenant) as connection:
        await check_erasure(connection, tenant, number, "lin", "erase", "nothing is open")
    await world.top_up(REF, "5.00")
    with pytest.raises(Refused):
        await erase_customer(world.pool, world.host, tenant, number, "wu")
    assert await world.number(REF) == person  # type: ignore[attr-defined]


async def test_two_people_decide(world: World, person: int) -> None:
    tenant = world.tenant.id
    number = await asked(world, person)
    with pytest.raises(Conflict):
        await asked(world, person)
    with pytest.raises(Conflict):
        await erase_customer(world.pool, world.host, tenant, number, "wu")
    async with store.admitted(world.pool, tenant) as connection:
        await check_erasure(connection, tenant, number, "lin", "erase", "nothing is open")
    with pytest.raises(Forbidden) as refusal:
        await erase_customer(world.pool, world.host, tenant, number, "lin")
    assert refusal.value.code == "erasure.own"
    async with store.admitted(world.pool, tenant) as connection:
        await give_back_erasure(connection, tenant, number, "wu")
        await check_erasure(connection, tenant, number, "wu", "refuse", "the law keeps it")
        with pytest.raises(Forbidden):
            await confirm_refusal(connection, tenant, number, "wu")
        await confirm_refusal(connection, tenant, number, "lin")
    assert await asked(world, person) != number, "whoever was refused may ask again"


async def test_a_wrong_code_asks_for_nothing(world: World, person: int) -> None:
    tenant = world.tenant.id
    async with store.admitted(world.pool, tenant) as connection:
        code = await make_erasure_code(connection, tenant, person, REF)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    with pytest.raises(Forbidden) as refusal:
        await ask_erasure(world.pool, tenant, person, asked_in="bank_page", factor=wrong)
    assert refusal.value.code == "code.wrong"
    async with store.admitted(world.pool, tenant) as connection:
        assert await list_erasures(connection, tenant) == []


async def test_who_was_erased_is_erased_again_after_an_older_backup_was_restored(
    world: World, person: int, database: Database, tmp_path: Path
) -> None:
    noted, tenant = tmp_path / "erased.jsonl", world.tenant.id
    before = await world.sql("select name, profile from party where id = $1", person)  # type: ignore[attr-defined]
    opaque = await erased(world, person, noted_in=noted)
    assert REF not in noted.read_text()
    # As the older backup had it.
    again = "update party set ref = $2, name = $3, profile = $4 where id = $1"
    kept = before[0]["name"], before[0]["profile"]
    await world.sql(again, person, REF, *kept)  # type: ignore[attr-defined]
    await world.sql("update erasure set state = 'checked', opaque = null, decided_by = null")  # type: ignore[attr-defined]
    await world.sql("update event set actor = $1 where action = 'top_up'", f"customer:{REF}")  # type: ignore[attr-defined]
    gone = read_erased(noted)
    assert await erase_again(world.pool, world.host, gone) == 1
    async with store.admitted(world.pool, tenant) as connection:
        found = (await list_erasures(connection, tenant))[0]
    owner = await connect(database.url_admin or "")
    assert await look_everywhere(owner) == {}
    await owner.close()
    assert (found.state, found.ref) == ("erased", opaque)
    assert await erase_again(world.pool, world.host, gone) == 0, "once is enough"
    async with world.pool.acquire() as connection:
        assert await list_erased(connection) == gone
    # In another database the same number is somebody else.
    other = [replace(gone[0], party=person - 1)]
    assert await erase_again(world.pool, world.host, other) == 0


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("erasure_second_person", test_two_people_decide),
        ("erasure_stands", test_money_that_comes_in_between_stops_it),
    ],
)
async def test_every_control_is_needed(
    world: World, person: int, monkeypatch: pytest.MonkeyPatch, name: str, fact: Any
) -> None:
    monkeypatch.setitem(controls._CONTROLS, name, lambda *given: None)
    # Without the first one the database still refuses, as a fault.
    with pytest.raises((AssertionError, pytest.fail.Exception, asyncpg.CheckViolationError)):
        await fact(world, person)
