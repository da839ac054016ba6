"""Lend a partner people of the sandbox: customers that its application may act for."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.customers import Enrolment
from enscene.kernel.errors import NotFound
from enscene.partners import store
from enscene.partners.partner import Partner
from enscene.scenes.administer import enrol
from enscene.scenes.runtime import RunningScene, SceneHost
from enscene.tenants import Tenant
from enscene.tenants.apps import App, find_grants, grant_app, split_scope

PEOPLE = 3
READS = ("accounts.read", "things.read", "events.read")
WHO = "partners"


@dataclass(frozen=True, slots=True)
class Lent:
    """A person of the sandbox, whose reference goes into `Acting-Party`."""

    scene: str
    role: str
    party: str


async def people_of(host: SceneHost, sandbox: Tenant, partner: Partner) -> list[Lent]:
    """The people that a partner has, or will have: three for each scene among its scopes."""
    return [
        each for scene in await _scenes(host, sandbox, partner) for each in _people(scene, partner)
    ]


async def lend_people(
    pool: store.Pool, host: SceneHost, sandbox: Tenant, partner: Partner, app: App
) -> list[Lent]:
    """Enrol them and let the application act for them; again is once. Their money and consents
    are as of anybody who has just come."""
    done = []
    for scene in await _scenes(host, sandbox, partner):
        people = _people(scene, partner)
        if not people:
            continue
        kind = scene.pack.parties[people[0].role].is_a
        orders = [Enrolment(each.party, each.role, kind, each.party) for each in people]
        async with store.admitted(pool, sandbox.id) as connection:
            await enrol(connection, sandbox.id, scene.id, scene.pack, orders, WHO)
        actions = [a.name for a in scene.pack.actions.values() if people[0].role in a.by]
        for each in people:
            known = await find_grants(pool, app, each.party)
            if not any(grant.scene == scene.ref for grant in known):
                await grant_app(
                    pool, app, party=each.party, scene=scene.ref, actions=[*actions, *READS]
                )
        done += people
    return done


async def _scenes(host: SceneHost, sandbox: Tenant, partner: Partner) -> list[RunningScene]:
    """The scenes of the sandbox that its scopes name."""
    parts = [split_scope(scope) for scope in partner.scopes]
    found = []
    for ref in dict.fromkeys(part[0] for part in parts if part is not None):
        try:
            found.append(await host.catalogue.read(sandbox.id, ref))
        except NotFound:
            continue  # a scene that the bank has and its sandbox has not
    return found


def _people(scene: RunningScene, partner: Partner) -> list[Lent]:
    """In the role of the first kind of person that may do anything there."""
    for name, party in scene.pack.parties.items():
        acts = any(name in action.by for action in scene.pack.actions.values())
        if party.is_a == "person" and not party.one and party.bound_to is None and acts:
            return [
                Lent(scene.ref, name, f"{partner.ref}-{number}") for number in range(1, PEOPLE + 1)
            ]
    return []
