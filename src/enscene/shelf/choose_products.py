"""A tenant's own shelf: what of the standard one it shows, in which order, and what it declines."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from enscene.kernel.errors import Invalid, NotFound
from enscene.shelf import store
from enscene.shelf.load_shelf import Shelf

STANCES = ("shown", "declined", "open")
PLACE_MOST, REASON_MOST = 999, 200


@dataclass(frozen=True, slots=True)
class Choice:
    """The last word on a product, in a scene or (scene 0) everywhere.

    "shown" puts it on the shelf, at a place if one is given; "declined" takes it off, for a
    reason; "open" takes the choice back.
    """

    scene: int
    product: str
    stance: str
    place: int | None
    reason: str
    chosen_by: str
    chosen_at: datetime
    scene_ref: str | None
    scene_name: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """All of a tenant's, ready to be asked."""

    rows: tuple[Choice, ...] = ()
    _by_place: dict[tuple[int, str], Choice] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Choice]) -> Choices:
        kept = tuple(row for row in rows if row.stance != "open")
        return cls(kept, {(row.scene, row.product): row for row in kept})

    def on(self, product: str, scene: int = 0) -> Choice | None:
        """What was said of it in the scene, else for all of them."""
        return self._by_place.get((scene, product)) or self._by_place.get((0, product))

    def declined(self, scene: int = 0) -> frozenset[str]:
        """The products that are not offered in a scene."""
        names = {row.product for row in self.rows}
        return frozenset(
            name for name in names if (c := self.on(name, scene)) and c.stance == "declined"
        )

    def order(self, scene: int = 0) -> dict[str, int]:
        """The places that were given."""
        names = {row.product for row in self.rows}
        return {
            name: choice.place
            for name in names
            if (choice := self.on(name, scene)) and choice.place is not None
        }

    def due(self, now: datetime, review_days: int) -> list[Choice]:
        """What has not been looked at for so many days: customers change, and so must a shelf."""
        return [row for row in self.rows if now - row.chosen_at > timedelta(days=review_days)]


async def choose_product(
    source: store.Source,
    tenant: int,
    shelf: Shelf,
    product: str,
    stance: str,
    who: str,
    *,
    scene: str = "",
    place: int | None = None,
    reason: str = "",
) -> None:
    """Say whether a product is shown. Raises: Invalid, NotFound (product, scene)."""
    if product not in shelf.products:
        raise NotFound("there is no such product", code="shelf.no_product", param="product")
    if stance not in STANCES:
        raise Invalid(f"one of {', '.join(STANCES)}", code="shelf.stance", param="stance")
    if place is not None and (stance != "shown" or not 1 <= place <= PLACE_MOST):
        raise Invalid(f"a place is 1 to {PLACE_MOST}", code="shelf.place", param="place")
    reason = reason.strip()
    if (stance == "declined" and not reason) or len(reason) > REASON_MOST:
        raise Invalid(f"say why, in 1 to {REASON_MOST} characters", code="shelf.reason",
                      param="reason")  # fmt: skip
    async with store.writing(source, tenant) as connection:
        number = 0
        if scene:
            found = await store.find_scene(connection, tenant, scene)
            if found is None:
                raise NotFound("there is no such scene", code="scene.not_found", param="scene")
            number = found
        await store.insert_choice(connection, tenant, number, product, stance, place, reason, who)


async def read_choices(source: store.Source, tenant: int) -> Choices:
    """The last word on each product."""
    async with store.reading(source, tenant) as connection:
        rows = await store.read_choices(connection, tenant)
    return Choices.of(
        Choice(**{key: value for key, value in row.items() if key != "number"}) for row in rows
    )


async def read_choice_history(source: store.Source, tenant: int, product: str) -> list[store.Row]:
    """Every choice of a product, newest first."""
    async with store.reading(source, tenant) as connection:
        return await store.read_choice_history(connection, tenant, product)
