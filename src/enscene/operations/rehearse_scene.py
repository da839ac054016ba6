"""Rehearse a wish: a week of the pack's own people, in a tenant that is thrown away.

The rehearsal goes through the same runtime and ledger as real life, on a shard of its own, so
that it neither waits for real payments nor holds them up.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec

from enscene.commit.move_clock import move_clock
from enscene.engagement import reactor_of
from enscene.engagement.applications import find_lending_action
from enscene.kernel.errors import Conflict, EnsceneError, Refused
from enscene.ledger import AccountOrder, open_accounts, verify_ledger
from enscene.operations import _rehearsal_store as rows
from enscene.operations import store
from enscene.operations._city import City, Plan
from enscene.operations.launch import Wish
from enscene.scenes.administer import change_state, create_scene, enrol, link
from enscene.scenes.casebook.funds import Funds
from enscene.scenes.language import Pack
from enscene.scenes.language.model import Action
from enscene.scenes.runtime import Actor, Call, RunningScene, SceneHost
from enscene.shelf import Opening, standard_shelf

SHARD = 9_000
BEGIN = datetime(2026, 3, 2, 5, 0)  # noqa: DTZ001 - a Monday; the zone is the tenant's
SLOT_MINUTES = 30
Progress = Callable[[int, int], None]


@dataclass
class Rehearsal:
    """What a week gave. Money is in minor units; `refused` and `errors` are counts by code;
    `open_things` are those that had not ended, by "type.state"."""

    days: int
    people: int = 0
    calls: int = 0
    answered: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    by_itself: int = 0
    transfers: int = 0
    minor: int = 0
    by_day: list[dict[str, int]] = field(default_factory=list)
    balances: dict[str, int] = field(default_factory=dict)
    open_things: dict[str, int] = field(default_factory=dict)
    verified: bool = False

    @property
    def passed(self) -> bool:
        """Nothing broke: the books agree and no call failed."""
        return self.verified and not self.errors

    def plain(self) -> dict[str, Any]:
        """As it is kept with the request."""
        return {**asdict(self), "passed": self.passed}


async def rehearse_scene(
    pool: store.Pool,
    pack: Pack,
    wish: Wish,
    *,
    zone: str = "Asia/Shanghai",
    days: int = 7,
    seed: int = 1,
    progress: Progress = lambda done, total: None,
) -> Rehearsal:
    """Play `days` virtual days and tell what happened; nothing of it stays.

    Raises: Invalid (the wish does not pass the checks).
    """
    host = SceneHost(pool)
    tenant = await _make_tenant(pool, pack, zone)
    try:
        show = _Show(pool, host, tenant, pack, wish, zone, random.Random(seed))
        return await show.play(days, progress)
    finally:
        await host.close()
        async with store.writing(pool, tenant) as connection:
            await rows.forget_tenant(connection, tenant)


async def _make_tenant(pool: store.Pool, pack: Pack, zone: str) -> int:
    async with pool.acquire() as connection, connection.transaction():
        ref = f"rehearsal-{uuid4().hex[:16]}"
        tenant = await rows.insert_tenant(connection, SHARD, ref, zone, pack.currency)
        await move_clock(connection, SHARD, tenant, BEGIN.replace(tzinfo=ZoneInfo(zone)))
    return tenant


class _Show:
    """One rehearsal while it plays."""

    def __init__(
        self,
        pool: store.Pool,
        host: SceneHost,
        tenant: int,
        pack: Pack,
        wish: Wish,
        zone: str,
        chance: random.Random,
    ) -> None:
        self._pool, self._host, self._tenant = pool, host, tenant
        self._pack, self._wish, self._zone = pack, wish, ZoneInfo(zone)
        self._chance = chance
        self._reactor = reactor_of(pool, host, SHARD, screens=False)
        self._answers: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._calls = 0
        self._scene: RunningScene
        self._city: City

    async def play(self, days: int, progress: Progress) -> Rehearsal:
        await self._set_up()
        slots = 24 * 60 // SLOT_MINUTES
        total, done = days * slots, 0
        by_day = []
        for number in range(days):
            midnight = (BEGIN + timedelta(days=number)).replace(hour=0, tzinfo=self._zone)
            plans = self._city.day(midnight.date())
            before = self._calls
            for slot in range(slots):
                end = (slot + 1) * SLOT_MINUTES
                for plan in [p for p in plans if end - SLOT_MINUTES <= p.minute < end]:
                    await self._do(plan, midnight)
                await self._reactor.advance(self._tenant, midnight + timedelta(minutes=end))
                done += 1
                progress(done, total)
            by_day.append({"calls": self._calls - before})
        return await self._tell(days, by_day)

    async def _set_up(self) -> None:
        wish = msgspec.structs.replace(self._wish, ref="rehearsal")
        async with store.writing(self._pool, self._tenant) as connection:
            await create_scene(connection, self._tenant, self._pack, wish.order(), "rehearsal")
            for state in ("sandbox", "live"):
                await change_state(connection, self._tenant, "rehearsal", state, "rehearsal")
        self._scene = scene = await self._host.scene(self._tenant, "rehearsal")
        self._city = city = City(scene.pack, self._chance)
        enrolments = city.settle()
        self.people = len(enrolments)
        async with store.writing(self._pool, self._tenant) as connection:
            await enrol(connection, self._tenant, scene.id, scene.pack, enrolments)
            for name, pairs in city.links():
                await link(connection, self._tenant, scene.id, scene.pack, name, pairs)
        await self._fund()

    async def _fund(self) -> None:
        amounts = []
        for account, ref, minor in self._city.funds():
            member = await self._scene.roster.find(ref)
            if member is not None and minor:
                amounts.append((member.accounts[account], minor))
        if not amounts:
            return
        async with store.writing(self._pool, self._tenant) as connection:
            order = AccountOrder(0, "opening", 0, self._pack.currency, floor=None)
            (source,) = await open_accounts(connection, self._tenant, [order])
        unit = Funds(self._tenant, self._scene.id, source, amounts)
        await self._host.writer(SHARD).submit(unit)

    async def _do(self, plan: Plan, midnight: datetime) -> None:
        habit, model = plan.habit, self._scene.pack.actions[plan.habit.action]
        call_input: dict[str, Any] = {}
        if model.on is not None:
            states = [habit.on] if habit.on else list(model.on.states)
            keys = await self._things(model.on.thing, states, owner=plan)
            if not keys:
                return
            call_input[model.on.key] = self._chance.choice(keys)
        for name, generator in habit.input.items():
            if name not in model.input:
                continue  # an added part or block may have taken it away
            found = await self._looked_for(generator, plan)
            if found is not None and not found:
                return
            call_input[name] = self._city.make(generator, midnight.date(), found or [])
        self._calls += 1
        actor = Actor(party=plan.who, app="rehearsal")
        key = f"r-{self._calls}"
        agreed = await self._granted(model, plan, call_input)
        call = Call(self._tenant, "rehearsal", habit.action, actor, call_input, key, agreed)
        try:
            reply = await (self._host.query(call) if model.query else self._host.perform(call))
        except (Conflict, Refused) as met:  # somebody was there before; a look that a rule forbids
            self._refused[met.code] += 1
            return
        except EnsceneError as error:
            self._errors[f"{habit.action}: {error.code}"] += 1
            return
        if reply.refused:
            self._refused[msgspec.json.decode(reply.body)["code"]] += 1
        else:
            self._answers[habit.action] += 1

    async def _granted(self, action: Action, plan: Plan, given: dict[str, Any]) -> Opening | None:
        """In a rehearsal everybody is lent what they apply for."""
        lends = next((step for step in action.steps if step.block == "lend"), None)
        member = await self._scene.roster.find(plan.who)
        if lends is None or action.on is None or member is None:
            return None
        shelf = self._scene.pack.products[str(lends.args["product"])].shelf
        found = find_lending_action(self._scene.pack, shelf, member.roles, action.on.thing)
        if found is None or found.action != action.name:
            return None
        async with store.reading(self._pool, self._tenant) as connection:
            fields = await rows.read_fields(
                connection, self._tenant, self._scene.id, action.on.thing, given[found.key]
            )
        product = standard_shelf().products[shelf]
        months = found.months_of(fields) or product.usual_months or 0
        if found.asks_months:
            given["months"] = months
        amount = int(fields[found.amount])
        return Opening(product, member.id, amount, months=months, currency=self._pack.currency)

    async def _looked_for(self, generator: Any, plan: Plan) -> list[Any] | None:
        """The values among which a generator chooses; None for those that need none."""
        if not isinstance(generator, dict):
            return None
        ((name, argument),) = generator.items()
        # A device chooses among what is there where it stands.
        near = plan if plan.who in self._city.bound else None
        if name == "several":
            return await self._things(argument["thing"], None, owner=near)
        if name == "any":
            return await self._things(argument, None, owner=near)
        if name == "own":
            return await self._things(argument, None, owner=plan)
        if name == "of":
            return await self._things(argument["thing"], None, field_name=argument["field"])
        return None

    async def _things(
        self,
        kind: str,
        states: list[str] | None,
        *,
        owner: Plan | None = None,
        field_name: str | None = None,
    ) -> list[Any]:
        thing = self._scene.pack.things[kind]
        if states is None:
            states = [state.name for state in thing.states.values() if not state.ends]
        fields = [f.name for f in thing.fields.values() if f.type.name == "party"]
        refs = None
        if owner is not None:
            refs = [owner.who, self._city.bound.get(owner.who, owner.who)]
        async with store.reading(self._pool, self._tenant) as connection:
            return await rows.read_keys(
                connection, self._tenant, self._scene.id, kind, states, fields, refs, field_name
            )

    async def _tell(self, days: int, by_day: list[dict[str, int]]) -> Rehearsal:
        async with store.reading(self._pool, self._tenant) as connection:
            told = await rows.read_outcome(connection, self._tenant, self._scene.id)
        async with self._pool.acquire() as connection:
            verdict = await verify_ledger(connection, self._tenant)
        things = self._scene.pack.things
        return Rehearsal(
            days=days,
            people=self.people,
            calls=self._calls,
            answered=sum(self._answers.values()),
            refused=dict(self._refused.most_common()),
            errors=dict(self._errors.most_common()),
            by_itself=told["by_itself"],
            transfers=told["transfers"],
            minor=told["minor"],
            by_day=by_day,
            balances=told["balances"],
            open_things={
                f"{kind}.{state}": count
                for kind, state, count in told["things"]
                if not things[kind].states[state].ends
            },
            verified=verdict.verified,
        )
