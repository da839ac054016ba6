"""Who may see what of a scene: a party sees what names it, the bank sees everything."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.api.auth import Access, Caller
from enscene.api.http import Request
from enscene.kernel.errors import Forbidden
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member


@dataclass(frozen=True, slots=True)
class Viewer:
    """A party that looks at a scene. `sees_all` is true for the bank."""

    member: Member
    roles: frozenset[str]
    sees_all: bool

    def sees_all_of(self, scene: RunningScene, thing: str) -> bool:
        """Whether it may see every thing of a type: the bank, and the only party of a role that
        acts on such things (the canteen its meals); never a person."""
        if self.sees_all:
            return True
        parties = scene.pack.parties
        own = {role for role in self.roles if parties[role].one and parties[role].is_a != "person"}
        return any(
            action.on is not None and action.on.thing == thing and not own.isdisjoint(action.by)
            for action in scene.pack.actions.values()
        )


async def viewer_of(
    access: Access, request: Request, caller: Caller, scene: RunningScene, what: str
) -> Viewer:
    """The party on whose behalf something is looked at.

    Raises: Forbidden when the application may not act for it, or it has no part in the scene.
    """
    actor = await access.actor(request, caller, scene.ref, what)
    member = await scene.roster.find(actor.party) if actor.party is not None else None
    roles = set(member.roles) if member is not None else set()
    if actor.role is not None:
        roles &= {actor.role}
    if member is None or not roles:
        raise Forbidden(
            f"{actor.party} takes no part in scene {scene.ref}", code="scene.not_enrolled"
        )
    parties = scene.pack.parties
    roles = {role for role in roles if role in parties}
    sees_all = any(parties[role].is_a == "bank" for role in roles)
    return Viewer(member, frozenset(roles), sees_all)
