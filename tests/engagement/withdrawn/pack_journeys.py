"""The golden cases of the packs as journeys: each can be gone with a withdrawal before any step."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from enscene.commit import admit
from enscene.engagement import reactor_of
from enscene.kernel.errors import EnsceneError
from enscene.scenes.casebook import run_case
from enscene.scenes.language import Pack, load_pack
from enscene.scenes.language.model import Case
from enscene.scenes.runtime import Actor, Call, SceneHost
from enscene.tenants.apps.store import insert_app, insert_grant

PACKS = Path(__file__).parents[3] / "packs"
ZONE = "Asia/Shanghai"
PERMISSION = "recommendations"
MANY = int(os.environ.get("ENSCENE_JOURNEYS", "1"))
"""How many cases of a pack are gone, of each kind: more by choice, for they take minutes."""
WEEKS = timedelta(days=40)


@cache
def packs() -> dict[str, Pack]:
    """Those that ask their people for something."""
    found = {}
    for folder in sorted(PACKS.iterdir()):
        pack = load_pack(folder).pack
        if pack is not None and any(party.consent for party in pack.parties.values()):
            found[pack.id] = pack
    return found


def cases_of(pack: Pack) -> Iterable[Case]:
    return pack.cases.values() if isinstance(pack.cases, dict) else list(pack.cases)


def steps_after(case: Case, step: int) -> range:
    """The steps that are gone after a withdrawal before `step`: all of them where that is the first
    step or the last, else those of some weeks, for every day that passes is closed, and costs."""
    last = len(case.when)
    if MANY == 1 and 0 < step < last - 1:
        times = [None if act.clock is None else run_case_module._moment(act.clock, ZONE)
                 for act in case.when]  # fmt: skip
        begin = run_case_module._moment(case.given.clock, ZONE)
        late = [n for n, at in enumerate(times) if at is not None and at - begin > WEEKS]
        last = max(min(late, default=last), step + 1)
    return range(step, last)


def people_of(pack: Pack, case: Case) -> list[str]:
    """Who is a person in a case, and acts."""
    acts = {act.actor for act in case.when}
    return [
        ref for ref, role in case.given.parties.items()
        if pack.parties[role].is_a == "person" and ref in acts
    ]  # fmt: skip


def offering() -> list[tuple[str, str, int]]:
    """(pack, case, step) of cases of each pack in which the bank makes an offer."""
    return [
        (pack.id, case.name, step)
        for pack in packs().values()
        for case in [each for each in cases_of(pack) if each.then.offers][:MANY]
        for step in range(len(case.when))
    ]


def richest() -> list[tuple[str, str, int]]:
    """(pack, case, step) of the cases of each pack in which people do the most kinds of things."""
    found = []
    for pack in packs().values():

        def kinds(case: Case, pack: Pack = pack) -> int:
            people = people_of(pack, case)
            return len({act.action for act in case.when if act.actor in people})

        for case in sorted(cases_of(pack), key=kinds, reverse=True)[:MANY]:
            own = [n for n, act in enumerate(case.when) if act.actor in people_of(pack, case)]
            found += [(pack.id, case.name, step) for step in range(own[0], own[-1] + 1)]
    return found


@dataclass
class Walk:
    """A case that is gone step by step. With `grants` its people's own steps are done by an
    application for them, each by the grant of the one who acts."""

    pool: Any
    host: SceneHost
    case: Case
    tenant: int
    scene: Any
    reactor: Any
    grants: dict[str, int] = field(default_factory=dict)
    answers: list[tuple[str, str]] = field(default_factory=list)

    async def sql(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.pool.acquire() as connection, connection.transaction():
            await admit(connection, [self.tenant])
            return list(await connection.fetch(statement, *arguments))

    async def step(self, number: int) -> None:
        """One act of the case; what comes of it is kept, whatever it is."""
        act = self.case.when[number]
        if act.clock is not None:
            await self.reactor.advance(self.tenant, run_case_module._moment(act.clock, ZONE))
        if act.actor not in run_case_module.SYSTEM:
            self.answers.append((act.actor, await self._do(act, f"{self.case.name}-{number}")))
        await self.reactor.settle(self.tenant)

    async def _do(self, act: Any, key: str) -> str:
        scene = self.scene
        query = act.action in scene.actions and scene.actions[act.action].model.query
        agreed = None
        if act.agreed is not None:
            lends = next(s for s in scene.action(act.action).model.steps if s.block == "lend")
            agreed = await run_case_module._opening(
                scene, act.actor, str(lends.args["product"]), *act.agreed
            )
        actor = Actor(act.actor, None, "partner", self.grants.get(act.actor))
        call = Call(scene.tenant, scene.ref, act.action, actor, dict(act.input),
                    None if query else key, agreed)  # fmt: skip
        try:
            reply = await (self.host.query(call) if query else self.host.perform(call))
        except EnsceneError as error:
            return error.code
        return "refused" if reply.refused else "done"


run_case_module: Any = __import__("enscene.scenes.casebook.run_case", fromlist=["run_case"])
assert run_case is run_case_module.run_case
Before = Callable[[Walk], Awaitable[None]]


@asynccontextmanager
async def open_walk(
    pool: Any, pack: str, name: str, *, by_partner: bool = False
) -> AsyncIterator[Walk]:
    """The case as it begins."""
    model = packs()[pack]
    case = next(each for each in cases_of(model) if each.name == name)
    host = SceneHost(pool)
    tenant, scene = await run_case_module._set_up(pool, host, model, case, ZONE)
    walk = Walk(pool, host, case, tenant, scene, reactor_of(pool, host, 1))
    if by_partner:
        async with pool.acquire() as connection, connection.transaction():
            await admit(connection, [tenant])
            await insert_app(
                connection, tenant, "partner", "partner", None, [], [], [], "A2", 100, 200, "none",
                [], "none",
            )  # fmt: skip
        [(app,)] = await walk.sql("select id from app where name = 'partner'")
        for who in people_of(model, case):
            acts = {act.action for act in case.when if act.actor == who}
            async with pool.acquire() as connection, connection.transaction():
                await admit(connection, [tenant])
                walk.grants[who] = await insert_grant(
                    connection, tenant, app, who, scene.ref, sorted(acts), None, "serve", {}
                )
    try:
        yield walk
    finally:
        await host.close()
