"""Triggers: what one committed action sets off."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from enscene.commit import admit
from enscene.kernel.errors import EnsceneError, Unavailable
from enscene.kernel.expressions import ExpressionError
from enscene.kernel.money import format_money
from enscene.scenes.language.model import Expression, Trigger
from enscene.scenes.reactions.event import Event, event_roots
from enscene.scenes.runtime import Actor, Call, RunningScene, SceneHost
from enscene.scenes.runtime._record import show_plain

_BOUND = """
select key from thing
 where tenant = $1 and scene = $2 and type = $3 and bind = $4 and state = any($5::text[])"""


class Triggers:
    """Handles pages of events: every trigger whose condition holds does its action."""

    def __init__(self, pool: asyncpg.Pool[Any], host: SceneHost) -> None:
        self._pool = pool
        self._host = host
        self.failures = 0

    async def handle(self, events: Sequence[Event]) -> None:
        """Raises: Unavailable, and then the page is handled again later."""
        calls: list[Call] = []
        for event in events:
            if event.scene:
                calls += await self._calls(event)
        results = await asyncio.gather(
            *(self._host.perform(call) for call in calls), return_exceptions=True
        )
        for result in results:
            if isinstance(result, Unavailable) or (
                isinstance(result, BaseException) and not isinstance(result, EnsceneError)
            ):
                raise result
            if isinstance(result, EnsceneError) or result.refused:
                self.failures += 1

    async def _calls(self, event: Event) -> list[Call]:
        scene = await self._host.catalogue.scene_by_id(event.tenant, event.scene)
        triggers = [t for t in scene.pack.triggers.values() if t.after == event.action]
        if not triggers:
            return []
        roots = event_roots(scene, event)
        calls = []
        for trigger in triggers:
            try:
                if trigger.condition is not None and not _value(trigger.condition, roots):
                    continue
                calls += await self._calls_of(scene, trigger, event, roots)
            except ExpressionError:
                self.failures += 1  # an expression that errs never fires
        return calls

    async def _calls_of(
        self, scene: RunningScene, trigger: Trigger, event: Event, roots: dict[str, Any]
    ) -> list[Call]:
        action = scene.action(trigger.do)
        given = {}
        for name, expression in trigger.input.items():
            value = _value(expression, roots)
            if value is None:
                continue
            if action.model.input[name].type.name == "money":
                value = format_money(value, scene.pack.currency)
            given[name] = show_plain(value)
        actor = Actor(party=None, role="trigger", app="trigger")
        key = f"{trigger.name}:{event.shard}:{event.seq}"
        if trigger.thing is None:
            return [Call(scene.tenant, scene.ref, trigger.do, actor, given, key)]
        assert trigger.bound_to is not None
        keys = await self._bound(scene, trigger, _value(trigger.bound_to, roots))
        on_key = scene.pack.things[trigger.thing].key
        return [
            Call(
                scene.tenant, scene.ref, trigger.do, actor, {**given, on_key: thing},
                f"{key}:{thing}",
            )
            for thing in keys
        ]  # fmt: skip

    async def _bound(self, scene: RunningScene, trigger: Trigger, value: str) -> list[str]:
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            await admit(connection, [scene.tenant])
            rows = await connection.fetch(
                _BOUND, scene.tenant, scene.id, trigger.thing, value, list(trigger.states)
            )
        return [row[0] for row in rows]


def _value(expression: Expression, roots: dict[str, Any]) -> Any:
    compiled = expression.compiled
    assert compiled is not None
    return compiled.function(*(roots.get(name) for name in compiled.roots))
