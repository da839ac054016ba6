"""A configured pack made ready to run, and a scene that runs it."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.kernel.errors import NotFound
from enscene.scenes.language import Pack
from enscene.scenes.runtime._action import ActionPlan
from enscene.scenes.runtime._record import ThingType
from enscene.scenes.runtime.roster import Roster


class CompiledPack:
    """Actions and things of a configured pack. Shared by all scenes configured alike."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.things = {
            thing.name: ThingType(thing.name, thing.fields, pack.currency)
            for thing in pack.things.values()
        }
        self.actions = {
            action.name: ActionPlan(pack, action, self.things) for action in pack.actions.values()
        }
        self.ones = [party.name for party in pack.parties.values() if party.one]


@dataclass(slots=True)
class RunningScene:
    """A scene of a tenant under the terms in force, as of one version of its row."""

    tenant: int
    id: int
    ref: str
    name: str
    state: str
    terms: int
    version: int
    zone: str
    shard: int
    compiled: CompiledPack
    roster: Roster

    @property
    def pack(self) -> Pack:
        return self.compiled.pack

    @property
    def actions(self) -> dict[str, ActionPlan]:
        return self.compiled.actions

    def action(self, name: str) -> ActionPlan:
        """Raises: NotFound."""
        plan = self.compiled.actions.get(name)
        if plan is None:
            raise NotFound(f"scene {self.ref} has no action {name}", code="scene.no_action")
        return plan
