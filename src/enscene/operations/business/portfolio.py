"""All tenants of an operator in one view: searched, filtered, sorted, by page, with sums by kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from enscene.commit import admit
from enscene.operations.business import store
from enscene.tenants import Tenant
from enscene.tenants.figures import Adoption, Figures, read_adoption, read_figures
from enscene.tenants.store import Pool

PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """A tenant; `packs` are the kinds of its scenes that have not ended, `regions` its own region
    and those that its scenes name."""

    figures: Figures
    adoption: Adoption
    packs: Collection[str]
    regions: Collection[str]
    live_by_pack: Mapping[str, int]

    @property
    def tenant(self) -> Tenant:
        """Whose it is."""
        return self.figures.tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for; "" is anything. `find` stands in the name or the ref; `trouble` is the
    name of one, or `any`. `page` begins at 1."""

    find: str = ""
    level: str = ""
    plan: str = ""
    pack: str = ""
    region: str = ""
    state: str = ""
    trouble: str = ""
    sort: str = "name"
    page: int = 1


@dataclass(frozen=True, slots=True)
class OfKind:
    """One kind of scene among the tenants that were chosen. `calls` are today's of the tenants that
    have it, whichever of their scenes they went to."""

    pack: str
    tenants: int
    live: int
    calls: int
    troubles: int


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One page of what was chosen: `entries` of `count`, on `pages` pages, and the sums of all that
    was chosen by kind of scene."""

    entries: Sequence[Entry]
    count: int
    page: int
    pages: int
    kinds: Sequence[OfKind]


SORTS: Mapping[str, Callable[[Entry], Any]] = {
    "name": lambda each: each.tenant.name,
    "ref": lambda each: each.tenant.ref,
    "level": lambda each: (each.tenant.level, each.tenant.name),
    "newest": lambda each: -each.tenant.id,
    "live": lambda each: (-each.figures.live, each.tenant.name),
    "calls": lambda each: (-each.figures.calls, each.tenant.name),
    "adoption": lambda each: (each.adoption.score, each.tenant.name),
    "troubles": lambda each: (-len(each.figures.troubles), each.tenant.name),
}
"""By name; where a number is meant, what needs a look or weighs most stands first."""


async def read_portfolio(pool: Pool, tenants: Sequence[Tenant]) -> list[Entry]:
    """Every tenant as an entry, with as many statements for one as for hundreds."""
    if not tenants:
        return []
    figures = await read_figures(pool, tenants)
    adoption = await read_adoption(pool, figures)
    ids = [tenant.id for tenant in tenants]
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, ids)
        rows = await store.read_scenes(connection, ids)
    packs: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    regions: dict[int, set[str]] = defaultdict(set)
    for tenant, pack, state, region in rows:
        packs[tenant][pack] += state == "live"
        regions[tenant].add(region)
    return [
        Entry(
            of, using, sorted(packs[of.tenant.id]),
            sorted((regions[of.tenant.id] | {of.tenant.region}) - {""}), packs[of.tenant.id],
        )
        for of, using in zip(figures, adoption, strict=True)
    ]  # fmt: skip


def choose(entries: Sequence[Entry], chosen: Chosen) -> Portfolio:
    """A page of them. An unknown order is by name, a page that is not there is the nearest one."""
    found = [each for each in entries if _fits(each, chosen)]
    found.sort(key=SORTS.get(chosen.sort, SORTS["name"]))
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, chosen.page), pages)
    some = found[(page - 1) * PAGE : page * PAGE]
    return Portfolio(some, len(found), page, pages, _kinds(found))


def _fits(each: Entry, chosen: Chosen) -> bool:
    tenant, find = each.tenant, chosen.find.casefold()
    troubles = each.figures.troubles
    return (
        (not find or find in tenant.name.casefold() or find in tenant.ref)
        and chosen.level in ("", tenant.level_name)
        and chosen.plan in ("", tenant.plan)
        and chosen.state in ("", tenant.state)
        and (not chosen.pack or chosen.pack in each.packs)
        and (not chosen.region or chosen.region in each.regions)
        and (not chosen.trouble or chosen.trouble in troubles or (chosen.trouble == "any" and bool(troubles)))
    )  # fmt: skip


def _kinds(entries: Sequence[Entry]) -> list[OfKind]:
    by_pack: dict[str, list[Entry]] = defaultdict(list)
    for each in entries:
        for pack in each.packs:
            by_pack[pack].append(each)
    return [
        OfKind(
            pack, len(some), sum(each.live_by_pack[pack] for each in some),
            sum(each.figures.calls for each in some), sum(bool(each.figures.troubles) for each in some),
        )
        for pack, some in sorted(by_pack.items(), key=lambda item: (-len(item[1]), item[0]))
    ]  # fmt: skip
