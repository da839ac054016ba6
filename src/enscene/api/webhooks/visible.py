"""What an application may be told: what it could read itself at `/v1/{scene}/events`.

The rule is that of the events list (`concerns`, `of_app`), asked for every party that the
application could name there: its own, those of a role that it acts for, those whose grant it has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enscene.api.events import SCOPE, concerns, of_app
from enscene.api.sight import Viewer
from enscene.api.store import Pool
from enscene.kernel.errors import NotFound
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.tenants.apps import App, Grant, find_grants

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sight:
    """That an application may see an event, and as whom: None where it is about the application
    itself."""

    viewer: Viewer | None


class Watch:
    """One application that looks at one scene, for as long as a page of the log."""

    def __init__(self, app: App, scene: RunningScene, own: Viewer | None, all_: Viewer | None,
                 roles: frozenset[str]) -> None:  # fmt: skip
        self.app = app
        self.scene = scene
        self._own = own
        self._all = all_
        self._roles = roles
        self._grants: dict[str, list[Grant]] = {}

    async def sight(self, pool: Pool, row: Row) -> Sight | None:
        """Whether it sees the event; None: it does not."""
        if of_app(row, self.app.name):
            return Sight(None)
        for viewer in (self._own, self._all):
            if viewer is not None and concerns(row, viewer):
                return Sight(viewer)
        parties = row["facts"].get("parties")
        if not isinstance(parties, dict):
            return None
        refs = [ref for ref in parties.values() if isinstance(ref, str)]
        return await self._as_one_of(row, refs) or await self._by_grant(pool, row, refs)

    async def _as_one_of(self, row: Row, refs: Sequence[str]) -> Sight | None:
        """As somebody of a role that the bank lets it act for."""
        if not self._roles:
            return None
        for ref in refs:
            member = await self.scene.roster.find(ref)
            roles = self._roles.intersection(member.roles) if member is not None else frozenset()
            if member is not None and roles:
                viewer = Viewer(member, roles, sees_all=False, app=self.app)
                if concerns(row, viewer):
                    return Sight(viewer)
        return None

    async def _by_grant(self, pool: Pool, row: Row, refs: Sequence[str]) -> Sight | None:
        """For somebody who lets it."""
        for ref in dict.fromkeys(refs):
            for grant in await self._grants_of(pool, ref):
                member = await self.scene.roster.find(ref)
                if member is None or not member.roles:
                    continue
                viewer = Viewer(
                    member, frozenset(member.roles), sees_all=False, app=self.app, grant=grant
                )
                if concerns(row, viewer):
                    return Sight(viewer)
        return None

    async def _grants_of(self, pool: Pool, ref: str) -> list[Grant]:
        known = self._grants.get(ref)
        if known is None:
            known = self._grants[ref] = [
                grant
                for grant in await find_grants(pool, self.app, ref)
                if grant.scene == self.scene.ref and SCOPE in grant.actions
            ]
        return known


class Watches:
    """The watches of a page: what is found once holds for all its events."""

    def __init__(self, host: SceneHost, pool: Pool) -> None:
        self._host = host
        self._pool = pool
        self._watches: dict[tuple[int, int, int], Watch | None] = {}
        self._scenes: dict[tuple[int, int], RunningScene | None] = {}

    async def scene(self, tenant: int, scene: int) -> RunningScene | None:
        """The scene of an event; None: it is of none, or that is gone."""
        key = (tenant, scene)
        if key not in self._scenes:
            try:
                self._scenes[key] = await self._host.catalogue.scene_by_id(tenant, scene)
            except NotFound:
                self._scenes[key] = None
        return self._scenes[key]

    async def sight(self, app: App, scene: RunningScene, row: Row) -> Sight | None:
        """Whether an application sees an event of a scene."""
        key = (app.tenant, app.id, scene.id)
        if key not in self._watches:
            self._watches[key] = await self._watch(app, scene)
        watch = self._watches[key]
        return None if watch is None else await watch.sight(self._pool, row)

    async def _watch(self, app: App, scene: RunningScene) -> Watch | None:
        if app.status != "active" or app.level != "A2":
            return None
        if not app.covers(f"scene:{scene.ref}:{SCOPE}"):
            return None
        own = None
        if app.party is not None:
            member = await scene.roster.find(app.party)
            own = None if member is None else _viewer(app, scene, member, member.roles)
        roles = {acts.role for acts in app.acts_for if acts.allows(scene.ref, SCOPE)}
        banks = {role for role in roles & set(scene.pack.parties) if _is_bank(scene, role)}
        all_ = None
        for role in banks:
            bank = await scene.roster.one(role)
            if bank is not None:
                all_ = _viewer(app, scene, bank, [role])
        return Watch(app, scene, own, all_, frozenset(roles & set(scene.pack.parties)))


def _viewer(app: App, scene: RunningScene, member: Member, roles: Collection[str]) -> Viewer | None:
    known = frozenset(roles) & set(scene.pack.parties)
    if not known:
        return None
    return Viewer(member, known, any(_is_bank(scene, role) for role in known), app)


def _is_bank(scene: RunningScene, role: str) -> bool:
    return scene.pack.parties[role].is_a == "bank"
