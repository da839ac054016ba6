"""A request to launch or change a scene, from the choice of a template on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from enscene.kernel.errors import Conflict, Invalid, NotFound
from enscene.kernel.ids import check_ref
from enscene.operations import store
from enscene.scenes.administer import SceneOrder

LIST_MOST = 200
TEXT_MOST, ORIGINS_MOST, ADDED_MOST, OPTIONS_MOST = 60, 10, 50, 200
VALUE_MOST = 2_000
ORIGIN = re.compile(r"https?://[a-z0-9.-]{1,200}(:[0-9]{1,5})?")
RESERVED = frozenset(
    {"scenes", "sandbox", "launches", "templates", "actions", "queries", "contracts", "customers",
     "shelf", "exchange_rates",
     "cross_sales", "copies", "planning", "teamwork", "voices", "webhooks", "apis", "data", "people", "brand", "tickets"}
)  # fmt: skip
"""Words that addresses under /v1/ have where others have a scene."""
STATES = ("draft", "submitted", "approved", "returned", "withdrawn")
EDITABLE = ("draft", "returned")
"""States in which what is wished can be changed."""


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


def check_fields(wish: Wish) -> None:
    """What is kept of a wish even while it is not finished. Raises: Invalid."""
    for name in ("ref", "name", "region", "unit", "customer"):
        if len(getattr(wish, name)) > TEXT_MOST:
            raise Invalid(f"at most {TEXT_MOST} characters", code="launch.too_long", param=name)
    for name, most in (("origins", ORIGINS_MOST), ("added", ADDED_MOST), ("options", OPTIONS_MOST),
                       ("parts", OPTIONS_MOST), ("products", OPTIONS_MOST)):  # fmt: skip
        if len(getattr(wish, name)) > most:
            raise Invalid(f"at most {most} of them", code="launch.too_many", param=name)
    for name, value in wish.options.items():
        _check_plain(value, f"options.{name[:40]}")
    for name, on in wish.parts.items():
        if not isinstance(on, bool):
            raise Invalid("a part is on or off", code="launch.value", param=f"parts.{name[:40]}")
    for number, step in enumerate(wish.added):
        check_step(step["step"], f"added[{number}].step")
    for number, origin in enumerate(wish.origins):
        if not ORIGIN.fullmatch(origin):
            raise Invalid(
                "an origin is a scheme, a host and perhaps a port",
                code="launch.origin",
                param=f"origins[{number}]",
                hint="such as https://www.example.com",
            )


def check_step(step: Mapping[str, Any], param: str) -> None:
    """A block with its arguments by name, or with the one that a bare value stands for."""
    for name, argument in step.items():
        if isinstance(argument, dict):
            for word, value in argument.items():
                _check_plain(value, f"{param}.{name[:40]}.{word[:40]}")
        else:
            _check_plain(argument, f"{param}.{name[:40]}")


def _check_plain(value: Any, param: str) -> None:
    is_long = isinstance(value, str) and len(value) > VALUE_MOST
    if isinstance(value, str | bool | int) and not is_long:
        return
    raise Invalid(
        f"a value is a text of at most {VALUE_MOST} characters, a whole number, true or false",
        code="launch.value",
        param=param,
        hint="money, portions and durations are texts: 12.50, 0.3%, 7d",
    )


def check_described(wish: Wish) -> None:
    """A scene has a name, and a reference that no address of the API stands at. Raises: Invalid."""
    check_ref(wish.ref)
    if wish.ref in RESERVED:
        raise Invalid(
            f"{wish.ref} is an address of the API itself", code="launch.reserved_ref", param="ref"
        )
    if not wish.name.strip():
        raise Invalid(f"a name has 1 to {TEXT_MOST} characters", code="launch.name", param="name")


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


async def read_launch(source: store.Source, tenant: int, launch: UUID) -> Launch:
    """The request of that id. Raises: NotFound."""
    async with store.reading(source, tenant) as connection:
        row = await store.read_launch(connection, tenant, launch)
    if row is None:
        raise NotFound("there is no such request", code="launch.not_found")
    return launch_of(row)


def moved_on() -> Conflict:
    """What was to be done is not done in the state that the request has by now."""
    return Conflict("the request is in another state by now", code="launch.moved_on")


async def lock_launch(
    connection: store.Connection, tenant: int, launch: UUID, version: int | None = None
) -> Launch:
    """The same, held until the transaction ends.

    `version` is the one that the caller looked at. Raises: NotFound, Conflict (it has changed).
    """
    row = await store.read_launch(connection, tenant, launch, lock=True)
    if row is None:
        raise NotFound("there is no such request", code="launch.not_found")
    found = launch_of(row)
    if version is not None and version != found.version:
        raise Conflict(
            "the request has changed since it was looked at",
            code="launch.version",
            param="version",
            hint="read it again",
            facts={"version": found.version},
        )
    return found


async def list_launches(
    source: store.Source,
    tenant: int,
    *,
    states: tuple[str, ...] = (),
    scene: str | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = LIST_MOST,
) -> list[Launch]:
    """Requests in those states (all when none is named), newest first; `before` is the time and
    the id of the last one of an earlier page."""
    async with store.reading(source, tenant) as connection:
        rows = await store.list_launches(connection, tenant, list(states), scene, before, limit)
    return [launch_of(row) for row in rows]
