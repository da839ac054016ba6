"""A scene of any pack, live in a tenant of its own, for stories told as each party."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from enscene.commit import admit
from enscene.commit.move_clock import move_clock
from enscene.customers import Enrolment
from enscene.engagement import reactor_of
from enscene.engagement.applications import Wish, begin_application, check_lending, writing
from enscene.kernel.errors import EnsceneError
from enscene.kernel.money import parse_money
from enscene.ledger import AccountOrder, open_accounts, verify_ledger
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol, link
from enscene.scenes.casebook.funds import Funds
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.shelf import standard_shelf
from enscene.shelf.contracts import Held, verify_contracts
from enscene.tenants import create_tenant
from packs.asked import Asked

PACKS = Path(__file__).parents[2] / "packs"
ZONE = ZoneInfo("Asia/Shanghai")


@cache
def pack_of(name: str) -> Pack:
    """A pack of the repository, which is without mistakes."""
    pack = load_pack(PACKS / name).pack
    assert pack is not None
    return pack


class Story:
    """A live scene. Every act is a call as the API makes it; what follows by itself follows."""

    def __init__(
        self, pool: Any, host: SceneHost, pack: Pack, tenant: Any, roles: Mapping[str, str]
    ) -> None:
        self.pool = pool
        self.host = host
        self.pack = pack
        self.tenant = tenant
        self.reactor = reactor_of(pool, host, tenant.shard)
        self._roles = roles
        self._acted: set[str] = set()
        self._number = 0

    @property
    def idle(self) -> set[str]:
        """The roles that may do something in the scene and have done nothing yet."""
        may = {role for action in self.pack.actions.values() for role in action.by}
        return may.intersection(self.pack.parties) - self._acted

    async def do(self, action: str, by: str, /, *, key: str | None = None, **given: Any) -> Any:
        """The answer, or the code of the refusal or mistake as a text."""
        self._number += 1
        query = self.pack.actions[action].query
        key = None if query else key or f"act-{self._number}"
        call = Call(self.tenant.id, self.pack.id, action, Actor(by), given, key)
        try:
            reply = await (self.host.query(call) if query else self.host.perform(call))
        except EnsceneError as error:
            return error.code.removeprefix("scene.")
        body = json.loads(reply.body)
        if not reply.refused:
            self._acted.add(self._roles.get(by, ""))
            await self.reactor.settle(self.tenant.id)
        return body["code"].removeprefix("scene.") if reply.refused else body

    async def member(self, ref: str) -> Member:
        """Somebody of the scene, who is in it."""
        scene = await self.host.scene(self.tenant.id, self.pack.id)
        found = await scene.roster.find(ref)
        assert found is not None, ref
        return found

    async def ask(
        self, who: str, product: str, *about: str, amount: str | None = None,
        months: int | None = None, income: str = "9000.00",
    ) -> Asked:  # fmt: skip
        """An application that has begun, at its price. `about` is the type and the key of a thing.
        Raises what stands against it."""
        scene = await self.host.scene(self.tenant.id, self.pack.id)
        member = await self.member(who)
        minor = None if amount is None else parse_money(amount, self.pack.currency)
        thing = (about[0], about[1]) if about else None
        wish = Wish(
            product=product, amount=minor, months=months, about=thing, fields={"income": income}
        )
        await check_lending(self.pool, self.host, scene, member, wish)
        async with writing(self.pool, self.tenant.id) as connection:
            begun = await begin_application(connection, scene, member, wish, "h5", who)
        return Asked(self, member, begun)

    async def apply(self, who: str, product: str, *about: str, **wish: Any) -> str:
        """Applied for, decided on (where a person has to, with a yes) and signed with the code on the
        telephone: `done`, or the code of what stood against it. The wish is that of `ask`."""
        try:
            asked = await self.ask(who, product, *about, **wish)
            if asked.state == "begun":
                await asked.decide()
            if asked.state == "approved":
                await asked.sign(await asked.code())
        except EnsceneError as error:
            return error.code.removeprefix("scene.")
        return "done" if asked.state == "done" else asked.why

    async def act(self, contract: str, verb: str, by: str | None = None, **given: Any) -> str:
        """A verb of a contract's life, by a customer or else by the bank: the state that the contract
        is in then, or the code of what stood against it. Amounts are as written."""
        if isinstance(given.get("amount"), str):
            given["amount"] = parse_money(given["amount"], self.pack.currency)
        customer = None if by is None else (await self.member(by)).id
        try:
            answer = await self.host.contracts.act(
                self.tenant.id, UUID(contract), verb, given, once=None, actor=by or "bank",
                customer=customer,
            )  # fmt: skip
        except EnsceneError as error:
            return error.code
        body = json.loads(answer.body)
        await self.reactor.settle(self.tenant.id)
        return str(body["code"] if answer.refused else body["state"])

    async def last_contract(self, party: str) -> str:
        """The id of what the party has opened last."""
        member = await self.member(party)
        return str((await self.host.contracts.of_customer(self.tenant.id, member.id))[0].id)

    async def held(self, contract: str) -> Held:
        """A contract as it stands today."""
        return await self.host.contracts.one(self.tenant.id, UUID(contract))

    async def stands(self) -> str:
        """All that was moved, opened and done to contracts, in numbers: to see later that nothing
        came to it."""
        counted: str = await self._fetch(
            "select concat((select count(*) from transfer where tenant = $1), ' moved, ',"
            " (select count(*) from contract where tenant = $1), ' opened, ',"
            " (select count(*) from contract_entry where tenant = $1), ' done')"
        )
        return counted

    async def tasks(self, reason: str) -> int:
        """How many tasks the staff has got for this reason."""
        query = "select count(*) from staff_task where tenant = $1 and reason = $2"
        return int(await self._fetch(query, reason))

    async def text_message(self, customer: int) -> str:
        """What the customer's telephone shows last."""
        text: str = await self._fetch(
            "select zh from phone_message where tenant = $1 and customer = $2"
            " order by at desc, id desc limit 1",
            customer,
        )
        return text

    async def until(self, moment: str) -> None:
        """Move the clock there; what falls due on the way happens."""
        await self.reactor.advance(
            self.tenant.id, datetime.fromisoformat(moment).replace(tzinfo=ZONE)
        )
        await self.reactor.settle(self.tenant.id)

    async def balance(self, account: str, party: str) -> str:
        minor = await self._fetch(
            "select coalesce(sum(posted), 0) from account a"
            " join party p on p.tenant = a.tenant and p.id = a.owner"
            " where a.tenant = $1 and a.name = $2 and p.ref = $3",
            account,
            party,
        )
        return f"{int(minor) / 100:.2f}"

    async def state(self, thing: str, key: str) -> str:
        found: str = await self._fetch(
            "select state from thing where tenant = $1 and type = $2 and key = $3", thing, key
        )
        return found

    async def contracts(self, party: str) -> list[tuple[str, str]]:
        """(product, state) of what the party has opened, oldest first."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            rows = await connection.fetch(
                "select k.product, k.state from contract k"
                " join party p on p.tenant = k.tenant and p.id = k.customer"
                " where k.tenant = $1 and p.ref = $2 order by k.seq",
                self.tenant.id,
                party,
            )
        return [(row[0], row[1]) for row in rows]

    async def know(self, party: str, **facts: Any) -> None:
        """What the bank has come to know of a customer."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            await connection.execute(
                "update party set profile = profile || $3::jsonb where tenant = $1 and ref = $2",
                self.tenant.id,
                party,
                facts,
            )

    async def become(self, state: str) -> None:
        """The bank takes the scene there."""
        async with self.pool.acquire() as connection, connection.transaction():
            await change_state(connection, self.tenant.id, self.pack.id, state, "test")

    async def pay_in(self, party: str, amount: str) -> None:
        """Money on a customer's own account with the bank."""
        member = await self.member(party)
        minor = parse_money(amount, self.pack.currency)
        await self.host.contracts.pay_in(self.tenant.id, member.id, minor, self.pack.currency)

    async def adds_up(self) -> bool:
        """Whether the ledger verifies, and contracts, their histories and the books agree."""
        async with self.pool.acquire() as connection:
            verified = (await verify_ledger(connection, self.tenant.id)).verified
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id], all_rows=True)
            faults = await verify_contracts(connection, self.tenant.id, standard_shelf().products)
        return verified and not faults

    async def _fetch(self, query: str, *values: Any) -> Any:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            return await connection.fetchval(query, self.tenant.id, *values)


@asynccontextmanager
async def open_story(
    pool: Any,
    pack_id: str,
    parties: Mapping[str, str],
    balances: Mapping[tuple[str, str], str],
    *,
    bound: Mapping[str, str] | None = None,
    links: Mapping[str, Sequence[tuple[str, str]]] | None = None,
    variant: str | None = None,
    clock: str = "2026-03-02T08:00",
    tenant: str = "bank",
) -> AsyncIterator[Story]:
    """`parties` are roles by reference, `balances` amounts by (account, reference), `links` are
    pairs (from, to) by name."""
    pack = pack_of(pack_id)
    home = await create_tenant(pool, tenant, "Bank", sandbox=True)
    async with pool.acquire() as connection, connection.transaction():
        moment = datetime.fromisoformat(clock).replace(tzinfo=ZONE)
        await move_clock(connection, home.shard, home.id, moment)
        order = SceneOrder(pack.id, pack.id, variant=variant)
        scene = await create_scene(connection, home.id, pack, order, "test")
        for state in ("sandbox", "live"):
            await change_state(connection, home.id, pack.id, state, "test")
        orders = [
            Enrolment(ref, role, pack.parties[role].is_a, ref, (bound or {}).get(ref))
            for ref, role in parties.items()
        ]
        orders.sort(key=lambda enrolment: enrolment.bound_to is not None)
        await enrol(connection, home.id, scene, pack, orders)
        for name, pairs in (links or {}).items():
            await link(connection, home.id, scene, pack, name, pairs)
    host = SceneHost(pool)
    running = await host.scene(home.id, pack.id)
    amounts = []
    for (account, ref), amount in balances.items():
        member = await running.roster.find(ref)
        assert member is not None
        amounts.append((member.accounts[account], parse_money(amount, pack.currency)))
    if amounts:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [home.id])
            opening = AccountOrder(0, "opening", 0, pack.currency, floor=None)
            (source,) = await open_accounts(connection, home.id, [opening])
        await host.writer(home.shard).submit(Funds(home.id, scene, source, amounts))
    try:
        yield Story(pool, host, pack, home, parties)
    finally:
        await host.close()
