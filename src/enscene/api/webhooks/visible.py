"""What an application may be told: what it could read itself at `/v1/{scene}/events`.

The rule is that of the events list (`concerns`, `of_app`), asked for every party that the
application could name there: its own, those of a role that it acts for, those whose grant it has.
All that is needed for a page of the log is read beforehand, so that judging it asks nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from enscene.api.events import SCOPE, concerns, of_app
from enscene.api.sight import Viewer
from enscene.api.store import Pool
from enscene.kernel.errors import NotFound
from enscene.partners.rails import SCOPE as RAILS_SCOPE
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.scenes.runtime.roster import Member
from enscene.tenants.apps import App, Grant, find_grants_among

Row = Mapping[str, Any]
RAILS = "rail."
"""What happens in no scene, and is told to the application whose payment it is about."""


@dataclass(frozen=True, slots=True)
class Sight:
    """That an application may see an event, and as whom: None where it is about the application
    itself."""

    viewer: Viewer | None


@dataclass(slots=True)
class Watch:
    """One application that looks at one scene. `always` are the parties that it is or acts for
    whatever the event, `roles` those that it acts for everybody of."""

    app: App
    scene: RunningScene
    always: list[Viewer] = field(default_factory=list)
    roles: frozenset[str] = frozenset()
    grants: dict[str, list[Grant]] = field(default_factory=dict)
    members: Mapping[str, Member] = field(default_factory=dict)

    def sight(self, row: Row) -> Sight | None:
        """Whether it sees the event; None: it does not."""
        if of_app(row, self.app.name):
            return Sight(None)
        for viewer in self.always:
            if concerns(row, viewer):
                return Sight(viewer)
        if self.roles or self.grants:
            for viewer in self._others(parties_of(row)):
                if concerns(row, viewer):
                    return Sight(viewer)
        return None

    def _others(self, refs: Collection[str]) -> Iterable[Viewer]:
        """Those of the event that it may look for: by their role first, by their grant then."""
        for ref in refs:
            member = self.members.get(ref)
            if member is not None and not self.roles.isdisjoint(member.roles):
                roles = self.roles.intersection(member.roles)
                yield Viewer(member, roles, sees_all=False, app=self.app)
        for ref in refs:
            member = self.members.get(ref)
            if member is not None and member.roles:
                roles = frozenset(member.roles)
                for grant in self.grants.get(ref, ()):
                    yield Viewer(member, roles, sees_all=False, app=self.app, grant=grant)


class Watches:
    """The watches of one tenant's part of a page."""

    def __init__(self, host: SceneHost, pool: Pool, tenant: int) -> None:
        self._host = host
        self._pool = pool
        self._tenant = tenant
        self._watches: dict[tuple[int, int], Watch] = {}
        self._payers: dict[int, App] = {}
        self.scenes: dict[int, RunningScene] = {}

    async def prepare(self, rows: Sequence[Row], apps: Sequence[App]) -> None:
        """Read who is who in these events, and who may look."""
        able = [app for app in apps if app.status == "active" and app.level == "A2"]
        self._payers = {app.id: app for app in able if app.covers(RAILS_SCOPE)}
        refs: dict[int, set[str]] = {}
        for row in rows:
            if row["scene"]:
                refs.setdefault(row["scene"], set()).update(parties_of(row))
        everybody = sorted(set().union(*refs.values()))
        grants = await find_grants_among(
            self._pool, self._tenant, [app.id for app in able], everybody
        )
        for number, those in refs.items():
            try:
                scene = await self._host.catalogue.scene_by_id(self._tenant, number)
            except NotFound:
                continue
            self.scenes[number] = scene
            members: dict[str, Member] = {}
            for app in able:
                if app.covers(f"scene:{scene.ref}:{SCOPE}"):
                    watch = self._watches[app.id, number] = await _watch(app, scene)
                    watch.members = members
                    _give(watch, grants.get(app.id, ()))
            watches = [watch for (_, at), watch in self._watches.items() if at == number]
            if any(watch.roles or watch.grants for watch in watches):
                for ref in those:
                    member = await scene.roster.find(ref)
                    if member is not None:
                        members[ref] = member

    def sight(self, app: int, row: Row) -> Sight | None:
        """Whether an application sees an event."""
        if not row["scene"]:
            payer = self._payers.get(app)
            return Sight(None) if payer is not None and of_app(row, payer.name) else None
        watch = self._watches.get((app, row["scene"]))
        return None if watch is None else watch.sight(row)


def parties_of(row: Row) -> list[str]:
    """The parties that an event names."""
    parties = row["facts"].get("parties")
    if not isinstance(parties, dict):
        return []
    return [ref for ref in parties.values() if isinstance(ref, str)]


async def _watch(app: App, scene: RunningScene) -> Watch:
    known = set(scene.pack.parties)
    roles = {acts.role for acts in app.acts_for if acts.allows(scene.ref, SCOPE)} & known
    watch = Watch(app, scene, roles=frozenset(roles))
    if app.party is not None:
        member = await scene.roster.find(app.party)
        if member is not None:
            watch.always += _viewer(app, scene, member, member.roles)
    for role in roles:
        if _is_bank(scene, role) and (bank := await scene.roster.one(role)) is not None:
            watch.always += _viewer(app, scene, bank, [role])
    return watch


def _give(watch: Watch, grants: Iterable[Grant]) -> None:
    for grant in grants:
        if grant.scene == watch.scene.ref and SCOPE in grant.actions:
            watch.grants.setdefault(grant.party, []).append(grant)


def _viewer(app: App, scene: RunningScene, member: Member, roles: Iterable[str]) -> list[Viewer]:
    known = frozenset(roles) & set(scene.pack.parties)
    if not known:
        return []
    return [Viewer(member, known, any(_is_bank(scene, role) for role in known), app)]


def _is_bank(scene: RunningScene, role: str) -> bool:
    return scene.pack.parties[role].is_a == "bank"
