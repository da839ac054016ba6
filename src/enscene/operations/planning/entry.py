"""What an entry of the register says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

import msgspec

from enscene.kernel.errors import Invalid
from enscene.scenes.language import Pack
from enscene.shelf import standard_shelf

Route: TypeAlias = Literal["embedded", "own_app", "turnkey"]
ROUTES: tuple[Route, ...] = get_args(Route)
"""Into a partner's platform through open banking, in the mobile bank, built for a customer."""
Mode: TypeAlias = Literal["cooperate", "self_build", "co_build"]
MODES: tuple[Mode, ...] = get_args(Mode)
Level: TypeAlias = Literal["strategic", "key", "ordinary"]
LEVELS: tuple[Level, ...] = get_args(Level)
Side: TypeAlias = Literal["G", "B", "C"]
SIDES: tuple[Side, ...] = get_args(Side)
What: TypeAlias = Literal["made", "changed", "reviewed", "scene", "dropped"]

REF = "^[a-z][a-z0-9_-]{0,39}$"
NAME_MOST, LINE_MOST, TEXT_MOST, LINKS_MOST = 80, 300, 1_000, 20
PRODUCTS_MOST = 10_000
NAMES = ("owner", "unit", "region", "customer", "sector", "pack")
SENTENCES = ("frequent_act", "drives")
INDUSTRY = ("segments", "flows", "pains", "trend", "experts")
"""What is known of the industry that a scene serves: its kinds of customers and what they prefer, how
goods and money move, what hurts, where it goes, and who knows it."""


class Depth(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a flagship has to reach: the share of its customers that use it within a week, in per
    cent, and the contracts that a hundred of its customers have with the bank."""

    weekly_percent: int
    products_per_100: int


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said of a scene or of a candidate; an empty text is not known. `lines` are lines of
    the bank by name, `links` other entries that this one reaches (G to B, B to C), by reference.
    `frequent_act` is what customers do often, `drives` the product that it should bring."""

    name: str
    route: Route | None = None
    mode: Mode | None = None
    serves: tuple[Side, ...] = ()
    sector: str = ""
    level: Level = "ordinary"
    owner: str = ""
    unit: str = ""
    region: str = ""
    customer: str = ""
    pack: str = ""
    next_review: date | None = None
    needed_by: date | None = None
    lines: tuple[str, ...] = ()
    frequent_act: str = ""
    drives: str = ""
    segments: str = ""
    flows: str = ""
    pains: str = ""
    trend: str = ""
    experts: str = ""
    links: tuple[str, ...] = ()
    flagship: Depth | None = None


FIELDS: tuple[str, ...] = Content.__struct_fields__
_AT = re.compile(r"`\$\.?([^`]*)`$")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is now. `id` is None for a scene whose entry nobody has touched yet; `scene`
    and what follows of it are None for a candidate. `project` is the one that began from it."""

    id: UUID | None
    ref: str
    version: int
    content: Content
    made_by: str
    made_at: datetime
    dropped_at: datetime | None = None
    scene: int | None = None
    scene_ref: str | None = None
    scene_state: str | None = None
    live_at: datetime | None = None
    project: str | None = None
    need: UUID | None = None

    @property
    def state(self) -> str:
        """That of its scene; else `candidate`, `project` (one began from it) or `dropped`."""
        if self.scene_state is not None:
            return self.scene_state
        if self.dropped_at is not None:
            return "dropped"
        return "candidate" if self.project is None else "project"

    @property
    def is_candidate(self) -> bool:
        return self.state in ("candidate", "project")

    @property
    def is_over(self) -> bool:
        return self.state in ("dropped", "retired")

    @property
    def is_flagship(self) -> bool:
        return self.content.flagship is not None and not self.is_over

    def is_overdue(self, today: date) -> bool:
        """Whether its review should have been held."""
        due = self.content.next_review
        return due is not None and due < today and not self.is_over


def changed(content: Content, changes: Mapping[str, Any]) -> Content:
    """With other values, of the kinds that JSON has. Raises: Invalid with `param`."""
    values = msgspec.to_builtins(content) | dict(changes)
    try:
        found = msgspec.convert(values, Content)
    except msgspec.ValidationError as error:
        at = _AT.search(str(error))
        param = (at[1] if at else "").split("[")[0] or next(iter(changes), "")
        raise Invalid("it cannot have this value", code="planning.value", param=param) from None
    return tidied(found)


def tidied(content: Content) -> Content:
    """Without blanks around texts. Raises: Invalid with `param`."""
    texts = {name: getattr(content, name).strip()
             for name in ("name", *NAMES, *SENTENCES, *INDUSTRY)}  # fmt: skip
    if not texts["name"]:
        raise Invalid("a name", code="planning.name", param="name")
    for name, text in texts.items():
        most = TEXT_MOST if name in INDUSTRY else LINE_MOST if name in SENTENCES else NAME_MOST
        if len(text) > most:
            raise Invalid(
                f"at most {most} characters", code="planning.text", param=name,
                facts={"most": most},
            )  # fmt: skip
    if len(content.links) > LINKS_MOST:
        raise Invalid("too many links", code="planning.links", param="links")
    for line in content.lines:
        if line not in standard_shelf().words.lines:
            raise Invalid("there is no such line", code="planning.line", param="lines")
    depth = content.flagship
    if depth is not None and not (
        1 <= depth.weekly_percent <= 100 and 1 <= depth.products_per_100 <= PRODUCTS_MOST
    ):
        raise Invalid("a target above nothing", code="planning.depth", param="flagship")
    return msgspec.structs.replace(
        content, **texts,
        serves=tuple(each for each in SIDES if each in content.serves),
        lines=tuple(dict.fromkeys(content.lines)), links=tuple(dict.fromkeys(content.links)),
    )  # fmt: skip


def filled(content: Content, packs: Mapping[str, Pack]) -> Content:
    """What nobody has said of it is what its template says."""
    pack = packs.get(content.pack)
    if pack is None:
        return content
    route = content.route
    if route is None and len(pack.routes) == 1:
        route = msgspec.convert(pack.routes[0], Route)
    serves: Any = content.serves or tuple(each for each in SIDES if each in pack.serves)
    return msgspec.structs.replace(
        content, serves=serves, sector=content.sector or pack.sector, route=route
    )


def differences(before: Content | None, after: Content) -> tuple[str, ...]:
    """The names of what one version says otherwise than the one before."""
    return tuple(
        name for name in FIELDS
        if (before is None and getattr(after, name) not in (None, "", ()))
        or (before is not None and getattr(before, name) != getattr(after, name))
    )  # fmt: skip
