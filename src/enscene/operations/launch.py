"""A request to launch or change a scene, from the choice of a template on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.errors import NotFound
from enscene.operations import store
from enscene.scenes.administer import SceneOrder


class Wish(msgspec.Struct, kw_only=True, frozen=True):
    """What somebody wants of a template. Option values are texts as in files and JSON.

    `options` and `parts` hold only what differs from the template's own; `added` are steps
    {action, index, step}; `origins` are web origins that may embed the scene's pages.
    """

    ref: str = ""
    name: str = ""
    variant: str | None = None
    options: dict[str, Any] = {}
    parts: dict[str, bool] = {}
    added: list[dict[str, Any]] = []
    products: list[str] = []
    region: str = ""
    unit: str = ""
    customer: str = ""
    origins: list[str] = []

    def order(self) -> SceneOrder:
        """The same for the scene's administration."""
        profile = {
            "region": self.region,
            "unit": self.unit,
            "customer": self.customer,
            "origins": self.origins,
        }
        return SceneOrder(
            self.ref,
            self.name,
            self.variant,
            self.options,
            self.parts,
            self.added,
            self.products,
            profile,
        )


@dataclass(frozen=True, slots=True)
class Launch:
    """A request. All times are real times; people are login names."""

    id: UUID
    kind: str
    scene: str | None
    pack: str
    digest: str | None
    wish: Wish
    rehearsal: dict[str, Any] | None
    state: str
    version: int
    chosen_by: str
    chosen_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    note: str
    live_at: datetime | None

    @property
    def took(self) -> timedelta | None:
        """From the choice of the template to the opening."""
        return None if self.live_at is None else self.live_at - self.chosen_at


def launch_of(row: store.Row) -> Launch:
    """The request of a row of `store.LAUNCH`."""
    values = dict(row)
    values["wish"] = msgspec.convert(values["wish"], Wish)
    return Launch(**values)


async def read_launch(pool: store.Pool, tenant: int, launch: UUID) -> Launch:
    """The request of that id. Raises: NotFound."""
    async with store.reading(pool, tenant) as connection:
        row = await store.read_launch(connection, tenant, launch)
    if row is None:
        raise NotFound("there is no such request", code="launch.not_found")
    return launch_of(row)


async def list_launches(
    pool: store.Pool, tenant: int, *, states: tuple[str, ...] = (), scene: str | None = None
) -> list[Launch]:
    """Requests in those states (all when none is named), newest first."""
    async with store.reading(pool, tenant) as connection:
        rows = await store.list_launches(connection, tenant, list(states), scene)
    return [launch_of(row) for row in rows]
