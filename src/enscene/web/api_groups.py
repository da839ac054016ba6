"""Interfaces on pages: found by a word, grouped by what they are for, so many to a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from enscene.partners import store as partners_sql
from enscene.partners.apis.entry import Entry
from enscene.partners.apis.store import read_scenes

PAGE = 40
PLATFORM, ALL = "platform", "all"
_OF_SCENE = {
    "actions": "actions", "queries": "queries", "things": "readings", "accounts": "readings",
    "events": "readings", "district": "readings", "account": "readings", "applications": "applications", "parties": "people", "links": "people",
    "consents": "people",
}  # fmt: skip
_OF_PLATFORM = {
    "oauth": "access", ".well-known": "access", "gateway": "access", "webhooks": "webhooks",
    "partner-applications": "joining", "conformance-runs": "joining",
    "admission-standard": "joining", "returns": "joining", "opinions": "joining",
    "brought-in": "joining", "sandbox": "joining", "rails": "joining", "contracts": "contracts",
    "cross_sales": "contracts", "customers": "customers", "consents": "customers",
    "receipts": "customers", "forbidden-uses": "customers", "data": "customers", "shelf": "shelf",
    "exchange_rates": "shelf", "scenes": "launching", "launches": "launching",
    "templates": "launching", "invoices": "billing", "plans": "billing", "usage": "billing",
    "credits": "billing", "operator": "billing", "screening": "screening",
    "capabilities": "capabilities", "people": "tenancy", "brand": "tenancy", "tickets": "tenancy",
    "benefits": "campaigns", "campaigns": "campaigns", "contact_rules": "campaigns", "offers": "campaigns",
}  # fmt: skip
SORTS = (
    "actions", "queries", "readings", "applications", "people", "access", "joining", "webhooks",
    "customers", "contracts", "shelf", "launching", "capabilities", "screening", "billing", "tenancy",
    "campaigns", "other",
)  # fmt: skip
"""In the order in which they stand."""

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class Group(Generic[Line]):
    """What is for one purpose; `count` of them in all, `lines` on this page."""

    where: str
    sort: str
    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Shown(Generic[Line]):
    """A page of groups. `number` counts from 1 to `pages`; `total` are on all of them."""

    groups: tuple[Group[Line], ...]
    total: int
    number: int
    pages: int


def sort_of(entry: Entry) -> str:
    """What it is for."""
    parts = entry.path.strip("/").split("/")
    if entry.scene is not None:
        return _OF_SCENE.get(parts[2] if len(parts) > 2 else "", "other")
    place = parts[1] if parts[0] == "v1" and len(parts) > 1 else parts[0]
    return _OF_PLATFORM.get(place, "other")


def chosen(entries: Iterable[Entry], word: str, where: str) -> list[Entry]:
    """Those that a word finds, of all; without a word those of a scene, the platform, or all."""
    word = word.lower()
    return [
        entry
        for entry in entries
        if (_matches(entry, word) if word else where in (ALL, entry.scene or PLATFORM))
    ]


def grouped(lines: Sequence[Line], entry_of: Callable[[Line], Entry], page: str) -> Shown[Line]:
    """A page of them; within a group they stay in their order."""

    def place(line: Line) -> tuple[bool, str, int]:
        entry = entry_of(line)
        return entry.scene is None, entry.scene or "", SORTS.index(sort_of(entry))

    ordered = sorted(lines, key=place)
    pages = max(1, -(-len(ordered) // PAGE))
    number = min(max(1, int(page) if page.isascii() and page.isdigit() else 1), pages)
    counts: dict[tuple[bool, str, int], int] = {}
    for line in ordered:
        counts[place(line)] = counts.get(place(line), 0) + 1
    here: dict[tuple[bool, str, int], list[Line]] = {}
    for line in ordered[(number - 1) * PAGE : number * PAGE]:
        here.setdefault(place(line), []).append(line)
    return Shown(
        tuple(
            Group(where or PLATFORM, SORTS[sort], counts[bare, where, sort], tuple(own))
            for (bare, where, sort), own in here.items()
        ),
        len(ordered), number, pages,
    )  # fmt: skip


async def scene_names(pool: Any, tenant: int) -> dict[str, str]:
    """What the scenes of a bank are called, by ref."""
    async with partners_sql.admitted(pool, tenant, readonly=True) as connection:
        return {row["ref"]: row["name"] for row in await read_scenes(connection, tenant)}


def _matches(entry: Entry, word: str) -> bool:
    return word in f"{entry.id} {entry.summary} {entry.path} {entry.owner}".lower()
