"""What a caller lets a capability look at: a thing of a scene, its fields, those it may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from enscene.api.auth import Access, Caller
from enscene.api.capabilities.orders import KnownOrder, Of
from enscene.api.http import Request
from enscene.api.sight import Viewer, not_covered, viewer_of
from enscene.api.things import party_fields
from enscene.capabilities import DAYS_MOST
from enscene.capabilities import store as figures
from enscene.kernel.clock import local_day
from enscene.kernel.errors import Invalid
from enscene.scenes.language.model import Thing
from enscene.scenes.runtime import RunningScene, SceneHost

SEES = "things.read"
"""Whoever acts for a party must be allowed to read its things."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A caller in a scene at a moment of the tenant's time; `since` is how far back it looks."""

    scene: RunningScene
    viewer: Viewer
    today: date
    since: datetime
    shard: int

    @property
    def currency(self) -> str:
        """Of the scene."""
        return self.scene.pack.currency


async def look(
    access: Access, host: SceneHost, pool: figures.Pool, request: Request, caller: Caller, ref: str
) -> Sight:
    """Raises: NotFound, Forbidden for who has no part in the scene, or only a customer's leave."""
    scene = await host.scene(caller.tenant, ref)
    viewer = await viewer_of(access, request, caller, scene, SEES)
    if viewer.grant is not None:
        raise not_covered()  # a customer lets its data be read, not be computed with
    async with figures.reading(pool, caller.tenant) as connection:
        now, zone, _, shard = await figures.read_clock(connection, caller.tenant)
    return Sight(scene, viewer, local_day(now, zone), now - timedelta(days=DAYS_MOST), shard)


def thing_of(sight: Sight, name: str, param: str = "thing") -> Thing:
    """Raises: Invalid("capability.no_thing")."""
    model = sight.scene.pack.things.get(name)
    if model is None:
        raise Invalid("the scene has no such thing", code="capability.no_thing", param=param)
    return model


def field_of(
    model: Thing, given: str | None, kind: str, param: str, *, roles: Sequence[str] | None = None
) -> str:
    """The field that was named, or the first of its kind (of a party: in one of these roles).

    Raises: Invalid("capability.no_field")."""
    fields = [f for f in model.fields.values() if f.type.name == kind and not f.hidden]
    names = [field.name for field in fields]
    if given is None and roles is not None:
        names = [field.name for field in fields if field.type.role in roles]
    if names and given is None:
        return names[0]
    if given not in names:
        raise Invalid(
            f"{model.name} has no such field of {kind}",
            code="capability.no_field",
            param=param,
            hint="it has: " + ", ".join(names) if names else None,
        )
    return given


def day_field(model: Thing, given: str | None, param: str) -> str | None:
    """A field with a day, if one was named. Raises: Invalid."""
    return None if given is None else field_of(model, given, "date", param)


def persons(sight: Sight) -> list[str]:
    """The roles of the scene that people have."""
    return [name for name, role in sight.scene.pack.parties.items() if role.is_a == "person"]


def states_of(model: Thing, names: Sequence[str], param: str) -> list[str]:
    """States of the thing. Raises: Invalid("capability.no_state")."""
    for place, name in enumerate(names):
        if name not in model.states:
            raise Invalid(
                f"{model.name} has no such state",
                code="capability.no_state",
                param=f"{param}[{place}]",
                hint="it has: " + ", ".join(model.states),
            )
    return list(names)


def select(sight: Sight, model: Thing, without: Sequence[str]) -> figures.Of:
    """Those of the things that the caller may see: all, or what names it."""
    viewer, scene = sight.viewer, sight.scene
    seen_by = None if viewer.sees_all_of(scene, model.name) else viewer.member.ref
    return figures.Of(
        scene.tenant, scene.id, model.name, sight.shard, tuple(without), seen_by,
        tuple(party_fields(model)), scene.zone,
    )  # fmt: skip


def things(sight: Sight, order: Of | KnownOrder, prefix: str = "") -> tuple[Thing, str, figures.Of]:
    """The thing, its amount, and which of them."""
    model = thing_of(sight, order.thing, f"{prefix}thing")
    amount = field_of(model, order.amount, "money", f"{prefix}amount")
    without = states_of(model, order.without, f"{prefix}without")
    return model, amount, select(sight, model, without)


def covers(consent: Mapping[str, object], thing: str, used: Sequence[str]) -> bool:
    """Whether a consent's data hold these fields of the thing; one that names none holds none."""
    named = consent.get("things")
    own = named.get(thing, ()) if isinstance(named, Mapping) else ()
    return set(used) <= set(own)
