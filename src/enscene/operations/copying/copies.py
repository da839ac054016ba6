"""Copy an offered scene to another place: a launch as any other, that remembers where it is from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.copying import store
from enscene.operations.copying.bank import Family
from enscene.operations.copying.offer import Offer
from enscene.operations.copying.shares import WHOLE
from enscene.operations.launch import Wish, check_fields
from enscene.scenes.language import Pack

HELPERS_MOST = 10


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """What belongs to the new place. `helpers` are references of tenants of the bank with their
    basis points; option values are texts as in files."""

    ref: str = ""
    name: str = ""
    region: str = ""
    unit: str = ""
    customer: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    helpers: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """`original` is what was offered, `wish` what its launch asks for; `scene` and `approved_by` are
    None until a second person has approved the launch, and the shares with it. `helpers` are tenants
    with basis points, `took_s` the seconds from beginning it to its going live."""

    id: UUID
    tenant: int
    launch: UUID
    launch_state: str
    offer: UUID
    origin_tenant: int
    origin_scene: int
    origin_name: str
    original: Wish
    left_open: tuple[str, ...]
    wish: Wish
    pack: str
    currency: str
    basis: str
    months: int
    points: int
    scene: int | None
    scene_ref: str | None
    begun_by: str
    begun_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    live_at: datetime | None
    took_s: float | None
    helpers: tuple[tuple[int, int], ...] = ()

    def concerns(self, tenant: int) -> bool:
        """Whether it is the tenant's own, or one of its scenes, or one that it helps. Of a copy that
        is not agreed on yet nobody else hears."""
        if tenant == self.tenant:
            return True
        of_it = tenant == self.origin_tenant or any(tenant == each for each, _ in self.helpers)
        return of_it and self.approved_by is not None

    def is_whole(self, tenant: int) -> bool:
        """Whether the tenant is told how it does and differs: it copied it, or it is of its scene.
        Who helps is told what that is credited."""
        return tenant in (self.tenant, self.origin_tenant)


async def begin_copy(
    source: operations_store.Source, family: Family, offer: Offer, pack: Pack, order: CopyOrder,
    who: str,
) -> tuple[UUID, UUID]:  # fmt: skip
    """Begin the launch of a copy in the tenant of `family`, filled from the original but for what
    belongs to the place. It goes on as any launch; whoever approves it agrees to the shares too.

    Returns the copy and its launch. Raises: Invalid, Conflict("copy.not_offered").
    """
    if offer.state != "offered":
        raise Conflict("it is not offered any more", code="copy.not_offered")
    helpers = _helpers(order, offer, family)
    options = {name: value for name, value in order.options.items() if value is not None}
    for name in options:
        if name not in pack.options:
            raise Invalid(
                f"the template has no option {name[:60]!r}", code="copy.option", param="options"
            )
    launch, number = new_uuid(), new_uuid()
    wish = msgspec.structs.replace(
        offer.wish, ref=order.ref.strip() or f"{pack.id}_{str(launch)[-4:]}", name=order.name.strip(),
        region=order.region.strip(), unit=order.unit.strip(), customer=order.customer.strip(),
        options={**offer.wish.options, **options},
    )  # fmt: skip
    check_fields(wish)
    tenant = family.own
    async with operations_store.writing(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        await operations_store.insert_launch(
            connection, tenant, launch, "new", None, pack.id, msgspec.to_builtins(wish), who
        )
        await store.insert_copy(
            connection, tenant, number, launch, offer.id, offer.tenant, offer.scene, offer.name,
            msgspec.to_builtins(offer.wish), list(offer.left_open), pack.id, pack.currency,
            offer.basis, offer.months, offer.points, who, clock["now"],
        )  # fmt: skip
        await store.insert_helpers(connection, tenant, number, helpers)
    return number, launch


async def take_copy(
    connection: operations_store.Connection, tenant: int, launch: UUID, scene: str, who: str
) -> None:
    """A launch was approved: where it is that of a copy, its scene is the copy, and the shares are
    agreed by whoever approved it."""
    await store.take_copy(connection, tenant, launch, scene, who)


async def list_copies(pool: operations_store.Pool, family: Family) -> tuple[Copy, ...]:
    """Those that concern the tenant, the latest first."""
    return await _read(pool, family, None)


async def read_copy(pool: operations_store.Pool, family: Family, copy: UUID) -> Copy:
    """One that concerns the tenant. Raises: NotFound."""
    found = await _read(pool, family, copy)
    if not found:
        raise NotFound("there is no such copy", code="copy.not_found")
    return found[0]


async def _read(pool: operations_store.Pool, family: Family, copy: UUID | None) -> tuple[Copy, ...]:
    async with store.reading_all(pool, list(family.tenants)) as connection:
        rows = await store.read_copies(connection, copy)
        helping: dict[tuple[int, UUID], list[tuple[int, int]]] = defaultdict(list)
        for row in await store.read_helpers(connection):
            helping[row["tenant"], row["copy"]].append((row["helper"], row["points"]))
    found = (copy_of(row, tuple(helping[row["tenant"], row["id"]])) for row in rows)
    return tuple(each for each in found if each.concerns(family.own))


def copy_of(row: operations_store.Row, helpers: tuple[tuple[int, int], ...]) -> Copy:
    """The copy of a row of `store.read_copies`."""
    values = dict(row)
    for name in ("original", "wish"):
        values[name] = msgspec.convert(values[name], Wish)
    values["left_open"] = tuple(values["left_open"])
    return Copy(**values, helpers=helpers)


def _helpers(order: CopyOrder, offer: Offer, family: Family) -> list[tuple[int, int]]:
    if len(order.helpers) > HELPERS_MOST:
        raise Invalid("at most ten helpers", code="copy.helpers", param="helpers")
    found: dict[int, int] = {}
    for number, (ref, points) in enumerate(order.helpers):
        param = f"helpers[{number}]"
        helper = family.by_ref(ref)
        if helper is None or helper.id in (offer.tenant, family.own) or helper.id in found:
            raise Invalid(
                "another branch of the bank, named once", code="copy.helper", param=f"{param}.ref"
            )
        if not 1 <= points < WHOLE:
            raise Invalid("1 to 9,999 basis points", code="copy.points", param=f"{param}.points")
        found[helper.id] = points
    if offer.points + sum(found.values()) > WHOLE:
        raise Invalid(
            "the shares sum to more than the whole", code="copy.shares", param="helpers",
            facts={"left": WHOLE - offer.points},
        )  # fmt: skip
    return list(found.items())
