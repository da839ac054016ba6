"""Triggers: what one committed action sets off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import EnsceneError, Unavailable
from enscene.kernel.expressions import ExpressionError
from enscene.kernel.money import format_money
from enscene.scenes.language.model import Expression, Trigger
from enscene.scenes.reactions.event import Event, event_roots
from enscene.scenes.runtime import Actor, Call, Reply, RunningScene, SceneHost
from enscene.scenes.runtime._record import show_plain

# A plan that was made before there were statistics is kept. It shall begin with what was asked for
# (`offset 0`), and find it by `bind` alone: `+ 0` and `|| ''` keep it from the index by key, which
# begins with the same columns. Whose rows these are row-level security says.
_BOUND = """
select u.n, t.key
  from unnest($1::int[], $2::int[], $3::text[], $4::text[]) with ordinality
       as u(tenant, scene, type, bind, n)
  cross join lateral (
    select t.key, t.state from thing t
     where t.bind = u.bind and t.tenant + 0 = u.tenant and t.scene + 0 = u.scene
       and t.type || '' = u.type
    offset 0) t
 where t.state = any(string_to_array($5, ','))"""


TOGETHER = 1_000


@dataclass(frozen=True, slots=True)
class Firing:
    """A trigger whose condition held for an event; `bound` is what its things are found by."""

    scene: RunningScene
    trigger: Trigger
    given: dict[str, Any]
    key: str
    bound: str | None


class Triggers:
    """Handles pages of events: every trigger whose condition holds does its action."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        self.failures = 0

    async def handle(self, events: Sequence[Event]) -> None:
        """Raises: Unavailable, and then the page is handled again later."""
        firings: list[Firing] = []
        for event in events:
            if event.scene:
                firings += await self._firings(event)
        if not firings:
            return
        calls = [
            self._call(firing, thing)
            for firing, things in zip(firings, await self._things(firings), strict=True)
            for thing in things
        ]
        results: list[Reply | BaseException] = []
        for start in range(0, len(calls), TOGETHER):  # no more than the write path takes
            together = calls[start : start + TOGETHER]
            results += await asyncio.gather(
                *(self._host.perform(call) for call in together), return_exceptions=True
            )
        for result in results:
            if isinstance(result, Unavailable) or (
                isinstance(result, BaseException) and not isinstance(result, EnsceneError)
            ):
                raise result
            if isinstance(result, BaseException) or result.refused:
                self.failures += 1

    async def _firings(self, event: Event) -> list[Firing]:
        scene = await self._host.catalogue.scene_by_id(event.tenant, event.scene)
        triggers = [t for t in scene.pack.triggers.values() if t.after == event.action]
        if not triggers:
            return []
        roots = event_roots(scene, event)
        firings = []
        for trigger in triggers:
            try:
                if trigger.condition is None or _value(trigger.condition, roots):
                    firings.append(self._firing(scene, trigger, event, roots))
            except ExpressionError:
                self.failures += 1  # an expression that errs never fires
        return firings

    def _firing(
        self, scene: RunningScene, trigger: Trigger, event: Event, roots: dict[str, Any]
    ) -> Firing:
        action = scene.action(trigger.do)
        given = {}
        for name, expression in trigger.input.items():
            value = _value(expression, roots)
            if value is None:
                continue
            if action.model.input[name].type.name == "money":
                value = format_money(value, scene.pack.currency)
            given[name] = show_plain(value)
        bound = None if trigger.bound_to is None else _value(trigger.bound_to, roots)
        return Firing(scene, trigger, given, f"{trigger.name}:{event.shard}:{event.seq}", bound)

    async def _things(self, firings: list[Firing]) -> list[list[str | None]]:
        """The keys of the things that each firing is for; [None] for one without things."""
        found: list[list[str | None]] = [[] if f.trigger.thing else [None] for f in firings]
        groups: dict[str, list[int]] = {}
        for place, firing in enumerate(firings):
            if firing.trigger.thing is not None:
                groups.setdefault(",".join(firing.trigger.states), []).append(place)
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, {f.scene.tenant for f in firings}, by_key=True)
            for states, places in groups.items():
                rows = [
                    (f.scene.tenant, f.scene.id, f.trigger.thing, f.bound)
                    for f in (firings[place] for place in places)
                ]
                for n, key in await connection.fetch(_BOUND, *zip(*rows, strict=True), states):
                    found[places[n - 1]].append(key)
        return found

    def _call(self, firing: Firing, thing: str | None) -> Call:
        scene, trigger = firing.scene, firing.trigger
        actor = Actor(party=None, role="trigger", app="trigger")
        if thing is None or trigger.thing is None:
            given, key = firing.given, firing.key
        else:
            given = {**firing.given, scene.pack.things[trigger.thing].key: thing}
            key = f"{firing.key}:{thing}"
        return Call(scene.tenant, scene.ref, trigger.do, actor, given, key)


def _value(expression: Expression, roots: dict[str, Any]) -> Any:
    compiled = expression.compiled
    assert compiled is not None
    return compiled.function(*(roots.get(name) for name in compiled.roots))
