"""Resolve a call: its input, who acts, who is meant, which accounts; then it is a unit."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from enscene.commit import Cell, Once, admit
from enscene.kernel.errors import Forbidden, Invalid, NotFound
from enscene.ledger import Payment
from enscene.scenes.language.model import Place, Way
from enscene.scenes.runtime._action import ActionPlan
from enscene.scenes.runtime._catalogue import Catalogue
from enscene.scenes.runtime._record import ThingType
from enscene.scenes.runtime._unit import ActionUnit, Resolved
from enscene.scenes.runtime.call import Call
from enscene.scenes.runtime.compiled import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.scenes.things import Key, Thing, Things
from enscene.scenes.things.store import read_things
from enscene.shelf import Contracts

SYSTEM = frozenset({"clock", "trigger"})
_encode = msgspec.json.Encoder(order="deterministic").encode
_decode_lineage = msgspec.json.Decoder(dict[str, Payment]).decode


class ThingReader:
    """Reads things outside batches; what is asked for in one moment is read together."""

    def __init__(self, pool: asyncpg.Pool[Any], things: Things) -> None:
        self._pool = pool
        self._things = things
        self._wanted: set[Key] = set()
        self._reading: asyncio.Task[dict[Key, Thing]] | None = None

    async def find(self, key: Key) -> Thing | None:
        """The thing as it was last seen, or as it is read now."""
        known = self._things.peek(key)
        if known is not None:
            return known
        self._wanted.add(key)
        found: dict[Key, Thing] = {}
        while key in self._wanted:
            if self._reading is None:
                self._reading = asyncio.create_task(self._read_wanted())
            found = await asyncio.shield(self._reading)
        return found.get(key)

    async def _read_wanted(self) -> dict[Key, Thing]:
        await asyncio.sleep(0)
        wanted, self._wanted = self._wanted, set()
        try:
            async with self._pool.acquire() as connection, connection.transaction(readonly=True):
                await admit(connection, {key[0] for key in wanted}, by_key=True)
                things = await read_things(connection, wanted)
        finally:
            self._reading = None
        for thing in things:
            self._things.keep(thing)
        return {thing.key: thing for thing in things}


class Resolver:
    """Makes units of calls."""

    def __init__(self, catalogue: Catalogue, reader: ThingReader, contracts: Contracts) -> None:
        self._catalogue = catalogue
        self._reader = reader
        self._contracts = contracts

    async def resolve(self, scene: RunningScene, call: Call, *, query: bool = False) -> ActionUnit:
        """Raises: Invalid, Forbidden, NotFound."""
        plan = scene.actions.get(call.action) or await self._former(scene, call.action)
        if plan.model.query != query:
            verb = "asked" if plan.model.query else "done"
            raise NotFound(f"{call.action} is {verb}", code="scene.no_action")
        record = plan.input.decode(call.input)
        terms = scene.terms
        on = await self._find_on(scene, plan, record)
        if on is not None and on.terms != scene.terms:
            # A thing is acted on under the terms that it began with.
            terms = on.terms
            compiled = await self._catalogue.under_terms(scene, terms)
            older = compiled.actions.get(call.action)
            if older is None:
                raise NotFound(
                    f"{call.action} is not in the terms of this thing", code="scene.no_action"
                )
            plan, record = older, older.input.decode(call.input)
        elif call.action not in scene.actions:
            plan = scene.action(call.action)  # not there for a thing of the present terms
        once = None
        if call.key is not None:
            actor = f"{call.actor.role or ''}:{call.actor.party or ''}"
            once = Once.of(
                call.actor.app,
                f"{scene.ref}/{call.action}",
                call.key,
                request=actor.encode() + _encode(record),
            )
        resolution = Resolution(self._reader, scene, plan, record, on, terms, self._contracts)
        return await resolution.unit(call, once)

    async def _former(self, scene: RunningScene, action: str) -> ActionPlan:
        """An action on things that the present terms no longer have: things that began under
        terms with it are not left stranded. Raises: NotFound."""
        for number in range(scene.terms - 1, 0, -1):
            plan = (await self._catalogue.under_terms(scene, number)).actions.get(action)
            if plan is not None:
                if plan.model.on is not None:
                    return plan
                break
        return scene.action(action)

    async def _find_on(self, scene: RunningScene, plan: ActionPlan, record: Any) -> Thing | None:
        model = plan.model
        if model.on is None:
            return None
        key = getattr(record, model.on.key)
        thing = await self._reader.find((scene.tenant, scene.id, model.on.thing, key))
        if thing is None:
            raise NotFound(
                f"there is no {model.on.thing} {key}", code="thing.not_found", param=model.on.key
            )
        return thing


class Resolution:
    """The state of resolving one call."""

    def __init__(
        self,
        reader: ThingReader,
        scene: RunningScene,
        plan: ActionPlan,
        record: Any,
        on: Thing | None,
        terms: int,
        contracts: Contracts,
    ) -> None:
        self._contracts = contracts
        self._reader = reader
        self._scene = scene
        self._plan = plan
        self._record = record
        self._on = on
        self._terms = terms
        self._members: dict[str, Member] = {}
        self._actor: Member | None = None
        self._records: dict[str, Any] = {}

    async def unit(self, call: Call, once: Once | None) -> ActionUnit:
        scene, plan = self._scene, self._plan
        role = await self._find_actor(call)
        actor = SimpleNamespace(role=role, party=self._actor.ref if self._actor else role)
        for name, way in plan.model.resolution[role].items():
            self._members[name] = await self._find(way, role)
        for name in plan.model.input:
            # A party that need not be named is filled in, so that things and events name it.
            if getattr(self._record, name, None) is None and name in self._members:
                field = plan.model.input[name]
                if field.type.name == "party":
                    setattr(self._record, name, self._members[name].ref)
        resolved = Resolved(
            scene.version,
            actor,
            {name: member.id for name, member in self._members.items()},
            SimpleNamespace(**{name: member.ref for name, member in self._members.items()}),
            {
                token: await self._account(name, owner, role)
                for token, (name, owner) in plan.workshop.accounts.items()
            },
            await self._thing_record(plan.model.on.thing) if plan.model.on else None,
            self._lineage_cells(),
        )
        if plan.workshop.lends:
            resolved.agreed = call.agreed
            await self._find_books(resolved)
        return ActionUnit(
            plan,
            resolved,
            tenant=scene.tenant,
            scene=scene.id,
            zone=scene.zone,
            state=scene.state,
            terms=self._terms,
            input_record=self._record,
            on_key=self._on.key[3] if self._on else None,
            once=once,
            grant=call.actor.grant,
            app=call.actor.app,
        )

    async def _find_books(self, resolved: Resolved) -> None:
        """The books that the action posts to, and what is known of those it lends to."""
        scene, currency = self._scene, self._plan.pack.currency
        for product, (kind, role) in self._plan.workshop.lends.items():
            books = await self._contracts.books.of(scene.tenant, product, kind, currency)
            resolved.books[product] = books
            resolved.cells += [("ledger", (scene.tenant, each)) for each in books.ids.values()]
            customer = resolved.parties[role]
            resolved.customers[customer] = await self._contracts.facts_of(
                scene.tenant, customer, scene.id
            )

    async def _find_actor(self, call: Call) -> str:
        by, roster = self._plan.model.by, self._scene.roster
        wanted = call.actor.role
        if wanted in SYSTEM:
            if wanted not in by:
                raise Forbidden(f"{wanted} may not do {call.action}", code="scene.role")
            if call.actor.party is not None:
                self._actor = await roster.find(call.actor.party)
            return wanted
        member = await roster.find(call.actor.party) if call.actor.party else None
        if member is None or not member.roles:
            raise Forbidden(
                f"{call.actor.party} takes no part in scene {self._scene.ref}",
                code="scene.not_enrolled",
            )
        roles = [role for role in by if role in member.roles and wanted in (None, role)]
        if not roles:
            raise Forbidden(
                f"{call.action} is for {', '.join(by)}",
                code="scene.role",
                facts={"by": list(by), "roles": sorted(member.roles)},
            )
        if len(roles) > 1:
            raise Invalid(
                f"say in which role: {', '.join(roles)}", code="scene.ambiguous_role", param="role"
            )
        self._actor = member
        return roles[0]

    async def _find(self, way: Way, actor_role: str) -> Member:
        member = await self._at(way.place, way.role, actor_role)
        if member is None:
            raise NotFound(f"who is meant as {way.role} is not known", code="scene.no_party",
                           facts={"role": way.role})  # fmt: skip
        if way.role not in member.roles:
            param = way.place.name if way.place.kind == "input" else None
            raise NotFound(
                f"{member.ref} is no {way.role} of scene {self._scene.ref}",
                code="scene.not_in_role",
                param=param,
            )
        for place in way.same_as:
            other = await self._at(place, way.role, actor_role)
            if other is not None and other.id != member.id:
                raise Forbidden(
                    f"{way.role} {member.ref} is not who may be meant here",
                    code="scene.not_own",
                    param=place.name if place.kind == "input" else None,
                )
        return member

    async def _at(self, place: Place, role: str, actor_role: str) -> Member | None:
        roster = self._scene.roster
        if place.kind in ("actor", "timer"):
            return self._actor
        if place.kind == "bound":
            bound = self._actor.roles.get(actor_role) if self._actor else None
            return None if bound is None else await roster.find_id(bound)
        if place.kind == "one":
            return await roster.one(place.name or role)
        if place.kind == "link":
            assert place.field is not None
            assert place.name is not None
            party = self._members[place.field].links.get(place.name)
            return None if party is None else await roster.find_id(party)
        if place.kind == "input":
            assert place.name is not None
            ref = getattr(self._record, place.name)
            if ref is None:
                return None
            member = await roster.find(ref)
            if member is None:
                raise NotFound(f"there is no party {ref}", code="party.not_found",
                               param=place.name)  # fmt: skip
            return member
        record = await self._thing_record(place.name or "")
        assert place.field is not None
        ref = getattr(record, place.field) if record is not None else None
        return None if ref is None else await roster.find(ref)

    async def _thing_record(self, alias: str) -> Any:
        """The fields of the `on` thing or of one that is read, as last seen."""
        if alias in self._records:
            return self._records[alias]
        model = self._plan.model
        if model.on is not None and alias == model.on.thing:
            thing, kind = self._on, self._plan.things[alias]
        else:
            thing, kind = await self._read_other(alias)
        record = kind.read(thing.fields, thing.state) if thing is not None else None
        self._records[alias] = record
        return record

    async def _read_other(self, alias: str) -> tuple[Thing | None, ThingType]:
        read = self._plan.model.reads[alias]
        assert read.key.compiled is not None
        roots = {"input": self._record}
        on = self._plan.model.on
        if on is not None and any(path.split(".")[0] == on.thing for path in read.key.reads):
            roots[on.thing] = await self._thing_record(on.thing)
            if roots[on.thing] is None:
                return None, self._plan.things[read.thing]
        environment = self._plan.model.environment
        key = read.key.compiled.function(*(roots.get(name) for name in environment.roots))
        scene = self._scene
        thing = await self._reader.find((scene.tenant, scene.id, read.thing, key))
        return thing, self._plan.things[read.thing]

    async def _account(self, name: str, owner: str | Place, role: str) -> int:
        if isinstance(owner, Place):
            member = await self._at(owner, self._plan.pack.accounts[name].of, role)
        else:
            member = self._members[owner]
        account = member.accounts.get(name) if member else None
        if account is None:
            raise NotFound(f"there is no account {name} here", code="ledger.account_not_found",
                           facts={"account": name})  # fmt: skip
        return account

    def _lineage_cells(self) -> list[Cell]:
        """Accounts, holds and counters that the money of the acted-on thing went through."""
        if self._on is None or self._on.money is None:
            return []
        tenant, scene = self._scene.tenant, self._scene.id
        cells: list[Cell] = []
        for payment in _decode_lineage(self._on.money).values():
            for leg in payment.legs:
                cells += [("ledger", (tenant, leg.dr)), ("ledger", (tenant, leg.cr))]
            cells += [("ledger", (tenant, UUID(name))) for name in payment.holds]
            for name, (owner, span, _) in payment.counts.items():
                cells.append(("counter", (tenant, scene, name, owner, span)))
        return cells
