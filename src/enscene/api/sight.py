"""Who may see what of a scene: a party sees what names it, the bank sees everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from enscene.api.auth import Access, Caller
from enscene.api.http import Request
from enscene.customers.authorizations import (
    Served,
    check_use,
    find_limits,
    mask_value,
    note_forbidden,
)
from enscene.kernel.errors import Forbidden
from enscene.scenes.language.model import Thing
from enscene.scenes.runtime import RunningScene
from enscene.scenes.runtime.roster import Member
from enscene.tenants.apps import App, Grant, withdrawn


@dataclass(frozen=True, slots=True)
class Viewer:
    """A party that looks at a scene. `sees_all` is true for the bank. `grant` is what an
    application looks by for somebody else: it sees what that covers, and every look is noted."""

    member: Member
    roles: frozenset[str]
    sees_all: bool
    app: App
    grant: Grant | None = None

    def served(self, scene: RunningScene) -> Served | None:
        """What a receipt says of it; None where the party looks itself."""
        grant = self.grant
        if grant is None:
            return None
        return Served(self.app.id, grant.id, self.member.ref, scene.id, grant.purpose)

    def fields_of(self, model: Thing) -> list[str]:
        """The fields of a thing that are shown. Raises: Forbidden("consent.not_covered")."""
        open_ = [field.name for field in model.fields.values() if not field.hidden]
        things = None if self.grant is None else self.grant.things()
        if things is None:
            return open_
        if model.name not in things:
            raise not_covered()
        return [name for name in open_ if name in things[model.name]]

    def masked(self, model: Thing, fields: Mapping[str, Any]) -> dict[str, Any]:
        """These fields as they are shown: under a consent those of level C2 masked, but for the
        reference by which the application knows its customer."""
        if self.grant is None:
            return dict(fields)
        own = self.member.ref
        return {
            name: mask_value(value) if model.fields[name].level == "C2" and value != own else value
            for name, value in fields.items()
        }

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

    Raises: Forbidden when the application may not act for it, or no longer, or it has no part in
    the scene.
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
    grant = None if actor.grant is None else caller.grants.get(actor.grant)
    if grant is not None and not await access.is_in_force(caller, grant):
        raise withdrawn()
    if grant is not None:
        # Nothing of a customer is served under a consent without the receipt, which is written.
        access.service.admit_write(caller.tenant)
        await _check_law(access, caller, scene, member, grant)
    sees_all = grant is None and any(parties[role].is_a == "bank" for role in roles)
    return Viewer(member, frozenset(roles), sees_all, caller.app, grant)


async def _check_law(
    access: Access, caller: Caller, scene: RunningScene, member: Member, grant: Grant
) -> None:
    """A consent opens nothing that the law has closed since; that it was tried is kept."""
    purpose = grant.purpose or "serve"
    found = find_limits(scene.pack.id, grant.things() or {}, purpose)
    try:
        check_use(found)
    except Forbidden:
        tenant, app = caller.tenant, caller.app.id
        await note_forbidden(access.pool, tenant, app, scene.ref, member.ref, purpose, found)
        raise


def level_of(model: Thing, fields: Iterable[str]) -> str:
    """The highest level of these fields."""
    return "C2" if any(model.fields[name].level == "C2" for name in fields) else "C1"


def levels_of(model: Thing, fields: Iterable[str]) -> dict[str, str]:
    """The level of each of these fields; one that identifies nobody is C1."""
    return {name: model.fields[name].level or "C1" for name in fields}


def not_covered() -> Forbidden:
    """The customer has said yes to other data."""
    return Forbidden("the consent does not cover this data", code="consent.not_covered")
