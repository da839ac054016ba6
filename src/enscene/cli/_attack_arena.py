"""Where an attack takes place: a sandbox of its own, an application that may do everything in it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from joserfc.jwk import ECKey

from enscene.api.bank_channel import SCOPE as CHANNEL_SCOPE
from enscene.cli._attack_channel import Channel, bearer
from enscene.cli._attack_partners import Partners, open_partners
from enscene.cli._demo_tree import OPERATOR
from enscene.cli._pack_folders import loaded, pack_folders
from enscene.cli._partners import RATE
from enscene.cli._story_sandbox import Sandbox, sandbox
from enscene.commit import Cell, Once, Report, Unit, View, Writer, admit
from enscene.customers import Enrolment
from enscene.kernel.ids import public_id
from enscene.ledger import Ledger, verify_ledger
from enscene.scenes.administer import SceneOrder, change_state, create_scene, enrol
from enscene.scenes.language import Pack
from enscene.simulator.attack import Attempt, Operation
from enscene.simulator.client import App, Credentials, Message
from enscene.simulator.request import Answer
from enscene.simulator.wire import Wire
from enscene.storage import open_database, open_pool
from enscene.tenants import Tenant, find_tenant
from enscene.tenants.apps import ActsFor, platform_scopes, register_app

TENANT = "sandbox"
SETTLES_S = 20.0
_SETTLED = """
select not exists (select from reading r join shard s on s.id = r.shard
                    where s.id = $1 and r.name = 'spectrum' and r.seq < s.seq)
   and not exists (select from spectrum_change where tenant = $2 and seq is null)"""
TRACES = ("event", "transfer", "contract", "application")
TOKEN_S = 300.0
WELL_FORMED = {
    "incident": public_id("inc", UUID(int=7)), "clause": public_id("cls", UUID(int=7)),
    "month": "2026-01", "template": "smart_canteen",
}  # fmt: skip
"""Names of things that there might be: with others the body would not be looked at."""


GUEST = "guest-1"
OF_PERSONS = ("referrals/code",)
"""What a person alone may ask for, without a body that would be looked at before."""


class Arena:
    """A running sandbox, and what the attack may see of its database to judge by."""

    def __init__(self, box: Sandbox, pool: asyncpg.Pool[Any], tenant: Tenant) -> None:
        self.box = box
        self.pool = pool
        self.tenant = tenant
        self.wire: Wire = box.wire
        self.attacker: App | None = None
        self.partners: Partners | None = None
        self.scenes: tuple[str, ...] = ()
        self.operator: App | None = None
        self.channel: Channel | None = None
        self.guests: dict[str, str] = {}
        """Scenes and the role in which GUEST, a person, takes part there."""
        self._tokens: dict[App, tuple[str, float]] = {}

    async def register(self, name: str, *, of: Tenant | None = None, **order: Any) -> App:
        """An application of the sandbox, or of another tenant, with a fresh key."""
        tenant = of or self.tenant
        key = ECKey.generate_key("P-256", {"kid": f"{name}-1"})
        public = {**key.as_dict(private=False), "kid": f"{name}-1"}
        usual: dict[str, Any] = {"title": name, "scopes": [], "jwks": [public], "level": "A2",
                                 "rate": RATE, "burst": RATE}  # fmt: skip
        await register_app(self.pool, tenant, name, **(usual | order))
        return App(self.wire, self.box.url, Credentials(f"{tenant.ref}.{name}", key, f"{name}-1"))

    async def arm(self) -> None:
        """Every pack as a scene, an application with all scopes and every role of them all, and
        partners with their keys."""
        packs = {pack.id: pack for folder in pack_folders() if (pack := loaded(folder)) is not None}
        await self._open(packs)
        self.scenes = tuple(packs)
        self.attacker = await self.register(
            "attacker",
            party="bank",
            scopes=[*(f"scene:{scene}:*" for scene in packs), *platform_scopes()],
            acts_for=[ActsFor(ref, role) for ref, pack in packs.items() for role in pack.parties],
        )
        above = await find_tenant(self.pool, OPERATOR)
        self.operator = await self.register(
            "attacker", of=above, scopes=platform_scopes(), token_binding="none"
        )
        app = await self.register(
            "channel", party="bank", scopes=platform_scopes(), token_binding="dpop",
            signing="message",
        )  # fmt: skip
        self.channel = Channel(self.wire, self.box.url, app, await self.new_traveller("attacked"))
        for ref, pack in packs.items():
            person = next((p.name for p in pack.parties.values() if p.is_a == "person"), None)
            if person is not None:
                await self.enrol_guest(ref, person)
        self.partners = await open_partners(self.pool, self.tenant, self.wire, self.scenes[0])

    async def _open(self, packs: Mapping[str, Pack]) -> None:
        """What the sandbox has not opened by itself."""
        tenant = self.tenant.id
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            rows = await connection.fetch("select ref from scene where tenant = $1", tenant)
            for ref in packs.keys() - {row["ref"] for row in rows}:
                order = SceneOrder(ref, ref)
                scene = await create_scene(connection, tenant, packs[ref], order, "attack")
                for state in ("sandbox", "live"):
                    await change_state(connection, tenant, ref, state, "attack")
                bank = next(p.name for p in packs[ref].parties.values() if p.is_a == "bank")
                await enrol(
                    connection, tenant, scene, packs[ref], [Enrolment("bank", bank, "bank")]
                )

    async def token(self) -> str:
        """A token of the attacker's."""
        assert self.attacker is not None
        return await self._token_of(self.attacker)

    async def _token_of(self, app: App) -> str:
        known, until = self._tokens.get(app, ("", 0.0))
        if time.monotonic() > until:
            known = await app.log_in()
            self._tokens[app] = known, time.monotonic() + TOKEN_S
        return known

    async def dress(self, attempt: Attempt, operation: Operation) -> tuple[str, Mapping[str, str]]:
        """The path, with names that can be some where examples stood, and what opens the
        operation."""
        attempt = replace(attempt, path=operation.renamed(attempt.path, **WELL_FORMED))
        if attempt.credential == "access_key":
            assert self.partners is not None
            path, key = self.partners.dress(attempt, operation)
            return path, bearer(key)
        if operation.scope == CHANNEL_SCOPE:
            assert self.channel is not None
            return await self.channel.dress(attempt, operation)
        if attempt.path.startswith("/v1/operator/"):
            assert self.operator is not None
            return attempt.path, bearer(await self._token_of(self.operator))
        opening = bearer(await self.token())
        scene, _, rest = operation.path.removeprefix("/v1/").partition("/")
        if rest in OF_PERSONS and scene in self.guests:
            opening |= {"acting-party": GUEST, "acting-role": self.guests[scene]}
        return attempt.path, opening

    async def enrol_guest(self, scene: str, role: str) -> None:
        """A person there, for what persons alone may ask."""
        body = json.dumps({"role": role, "name": "Guest"}).encode()
        done = await self.send("PUT", f"/v1/{scene}/parties/{GUEST}", body, key=uuid4().hex)
        assert done.status < 300, done
        self.guests[scene] = role

    async def get(self, path: str, **more: Any) -> Mapping[str, Any]:
        """Read something that must be there."""
        assert self.attacker is not None
        return await self.attacker.get(path, **more)

    async def send(self, method: str, path: str, body: bytes = b"{}", **more: Any) -> Any:
        """Ask as the attacker."""
        assert self.attacker is not None
        return await self.attacker.send(
            Message(method, path, b"" if method == "GET" else body, **more)
        )

    async def post(self, path: str, body: Any, party: str | None = None) -> Answer:
        """Ask as the attacker, for a party."""
        text = json.dumps(body).encode()
        answer: Answer = await self.send(
            "POST",
            path,
            text,
            party=party,
            role=None if party is None else "traveller",
            key=uuid4().hex,
        )
        return answer

    async def act(
        self, scene: str, action: str, party: str, body: Any, key: str | None = None,
        role: str = "traveller",
    ) -> Answer:  # fmt: skip
        """An action of a scene, for a party."""
        assert self.attacker is not None
        message = Message("POST", f"/v1/{scene}/actions/{action}", json.dumps(body).encode(),
                          key=key or uuid4().hex, party=party, role=role)  # fmt: skip
        return await self.attacker.send(message)

    async def new_traveller(self, ref: str, amount: str = "") -> str:
        """Somebody new in the scene of travelling, with money on the card."""
        body = json.dumps({"role": "traveller", "name": ref}).encode()
        done = await self.send("PUT", f"/v1/travel/parties/{ref}", body, key=uuid4().hex)
        assert done.status == 200, done
        if amount:
            paid = await self.act("travel", "pay_card", ref, {"amount": amount})
            assert paid.status == 200, paid
        return ref

    def booking(self, who: str, name: str, price: str) -> dict[str, str]:
        """What a journey is booked with."""
        return {"booking": name, "traveller": who, "site": "site-1", "title": "x", "price": price,
                "departs": "2026-12-01", "returns": "2026-12-05"}  # fmt: skip

    async def book(self, who: str, price: str) -> str:
        """A journey that is paid for; its name."""
        name = f"at-{uuid4().hex[:10]}"
        await self.act("travel", "pay_card", who, {"amount": price})
        done = await self.act("travel", "book_package", who, self.booking(who, name, price))
        assert done.status == 200, done
        return name

    async def apply(self, who: str, booking: str) -> str:
        """An application for instalments of a journey; its id."""
        body = {"product": "instalment", "about": {"thing": "booking", "key": booking},
                "months": 12}  # fmt: skip
        done = await self.post("/v1/travel/applications", body, who)
        assert done.status == 200, done
        return str(done.body["id"])

    async def balance(self, who: str) -> str:
        """What is on somebody's card."""
        told = await self.get(f"/v1/travel/accounts/card/{who}", party=who, role="traveller")
        return str(told["available"])

    async def documents(self) -> dict[str, Mapping[str, Any]]:
        """The platform's document and those of all scenes, by name."""
        told = {"platform": await self.get("/openapi.json")}
        for scene in self.scenes:
            told[scene] = await self.get(f"/v1/{scene}/openapi.json")
        return told

    async def traces(self) -> dict[str, int]:
        """How much there is of what only happens when something was accepted.
        What follows of what was done before is waited for: it comes a moment later."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            async with asyncio.timeout(SETTLES_S):
                while True:
                    if await connection.fetchval(_SETTLED, self.tenant.shard, self.tenant.id):
                        break
                    await asyncio.sleep(0.02)
            return {
                table: await connection.fetchval(
                    f"select count(*) from {table} where tenant = $1", self.tenant.id
                )
                for table in TRACES
            }

    async def move(self, payer: str, payee: str, amount: int) -> None:
        """Move money from a card to a merchant's takings, minor units, past the scene's rules."""
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant.id])
            rows = await connection.fetch(
                "select a.id from account a join party p on p.tenant = a.tenant and p.id = a.owner "
                "where a.tenant = $1 and (p.ref, a.name) in (($2, 'card'), ($3, 'takings')) "
                "order by a.name", self.tenant.id, payer, payee,
            )  # fmt: skip
        card, takings = (row["id"] for row in rows)
        writer = Writer(self.pool, self.tenant.shard, (Ledger(),))
        await writer.submit(_Move(self.tenant.id, card, takings, amount))
        await writer.close()

    async def verified(self) -> bool:
        """Whether the ledger adds up."""
        async with self.pool.acquire() as connection:
            return (await verify_ledger(connection, self.tenant.id)).verified


class _Move:
    """One transfer as a unit of the write path."""

    timed = False
    lines: Sequence[Unit] = ()
    once: Once | None = None

    def __init__(self, tenant: int, dr: int, cr: int, amount: int) -> None:
        self.tenant = tenant
        self._accounts = dr, cr
        self._amount = amount

    def cells(self, now: datetime, *, exact: bool) -> Iterable[Cell]:
        return [("ledger", (self.tenant, account)) for account in self._accounts]

    def plan(self, view: View) -> None:
        book = view.works["ledger"]
        dr, cr = (book.account(self.tenant, account) for account in self._accounts)
        book.post(view.index, dr, cr, self._amount, "attack")

    def report(self, seq: int, at: datetime) -> Report:
        return Report(0, "attack.moved", "attack", "attack", "{}", "{}")


@asynccontextmanager
async def open_arena() -> AsyncIterator[Arena]:
    """Start a sandbox, and end it."""
    async with sandbox(people=12) as box:
        with open_database(box.home) as opened:
            pool = await open_pool(opened.database.url_app, size_min=1, size_max=4)
            try:
                arena = Arena(box, pool, await find_tenant(pool, TENANT))
                await arena.arm()
                yield arena
            finally:
                await pool.close()
