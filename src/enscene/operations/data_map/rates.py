"""How much of what scenes are made of is shared, and how much the bank has developed itself; how many
versions run; what building things once has saved; how soon scenes were live. Counted from what runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from enscene.blocks import LIBRARY
from enscene.operations.data_map import store
from enscene.operations.data_map.reuse import keys_of_pack
from enscene.operations.store import Pool
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost

ORIGINS = ("own", "partner", "bought")
DAYS_TO_BUILD: Mapping[str, int] = {"blocks": 10, "products": 5, "flows": 2, "pages": 3}
"""Person-days that building one of a kind takes, tests included: an estimate of ours, told with every
figure that rests on it."""
DAY_COST = 2_000
"""What a person-day costs where nobody says otherwise, in units of the currency."""
DAY_COST_MOST = 100_000
TARGET_DAYS = 7
"""So soon after its template was chosen a scene is to be live."""
MONTHS = 6
Part = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many parts, how many of them two scenes or more have, and how many are of which origin."""

    parts: int
    shared: int
    own: int
    partner: int
    bought: int

    @property
    def shared_share(self) -> float | None:
        """In per cent, to a tenth; None where there are none."""
        return _percent(self.shared, self.parts)

    @property
    def own_share(self) -> float | None:
        """The rate of what is self-developed; the same."""
        return _percent(self.own, self.parts)


@dataclass(frozen=True, slots=True)
class SceneRate:
    """Of one scene: parts that others have too are shared."""

    ref: str
    rate: Rate


@dataclass(frozen=True, slots=True)
class Version:
    """On which version of a template how many scenes run."""

    pack: str
    version: str
    digest: str
    scenes: int


@dataclass(frozen=True, slots=True)
class Saved:
    """In person-days: had each scene built all its parts by itself, and each part built once."""

    alone: int
    once: int
    scenes: int

    @property
    def days(self) -> int:
        return self.alone - self.once

    @property
    def per_scene(self) -> float | None:
        """What a scene takes as things are, to a tenth."""
        return round(self.once / self.scenes, 1) if self.scenes else None


@dataclass(frozen=True, slots=True)
class MonthRate:
    """At the end of a month, or now; of the scenes that run today, as they were then."""

    month: date
    scenes: int
    rate: Rate
    versions: int
    saved: Saved


@dataclass(frozen=True, slots=True)
class Delivery:
    """Scenes that first went live in a month: seconds from the choice of the template, the middle one
    and the longest, and how many were within the target."""

    month: date
    scenes: int
    median_s: int
    longest_s: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Rates:
    """`months` end with this one."""

    whole: Rate
    scenes: tuple[SceneRate, ...]
    versions: tuple[Version, ...]
    saved: Saved
    months: tuple[MonthRate, ...]
    delivery: tuple[Delivery, ...]


async def read_rates(host: SceneHost, pool: Pool, tenant: int) -> Rates:
    """Of the scenes in pilot, live or paused, now and at the ends of the months before."""
    async with store.reading(pool, tenant) as connection:
        rows = await store.read(connection, "terms_by_month", tenant, MONTHS)
        delivered = await store.read(connection, "delivered", tenant, TARGET_DAYS * 86_400)
    by_month: dict[date, dict[str, Pack]] = defaultdict(dict)
    for row in rows:
        scene = await host.catalogue.read(tenant, row["ref"])
        compiled = await host.catalogue.under_terms(scene, row["number"])
        by_month[row["month"]][row["ref"]] = compiled.pack
    months = []
    for month in sorted(by_month):
        packs = by_month[month]
        uses = _uses(packs)
        months.append(
            MonthRate(
                month, len(packs), _rate(uses, uses), len(_versions(packs)), _saved(uses, packs)
            )
        )
    now = by_month[max(by_month)] if by_month else {}
    uses = _uses(now)
    return Rates(
        _rate(uses, uses),
        tuple(SceneRate(ref, _rate(_parts(pack), uses)) for ref, pack in sorted(now.items())),
        _versions(now), _saved(uses, now), tuple(months),
        tuple(Delivery(*row) for row in delivered),
    )  # fmt: skip


def _parts(pack: Pack) -> dict[Part, str]:
    """What a scene is made of, with the origin: the library's blocks are of their own, products of the
    bank's shelf are the bank's, the rest is of whoever has developed the template."""
    found: dict[Part, str] = {}
    for kind, keys in keys_of_pack(pack).items():
        for key in keys:
            origin = pack.origin
            if kind == "products":
                origin = "own"
            elif kind == "blocks" and key[0] in LIBRARY:
                origin = LIBRARY[key[0]].origin
            found[(kind, *map(str, key))] = origin
    return found


def _uses(packs: Mapping[str, Pack]) -> dict[Part, list[str]]:
    """Of each part the origins, once for each scene that has it."""
    found: dict[Part, list[str]] = defaultdict(list)
    for pack in packs.values():
        for part, origin in _parts(pack).items():
            found[part].append(origin)
    return found


def _rate(parts: Mapping[Part, str | list[str]], uses: Mapping[Part, list[str]]) -> Rate:
    origins = Counter(
        each if isinstance(each, str) else min(each, key=ORIGINS.index) for each in parts.values()
    )
    shared = sum(len(uses[part]) > 1 for part in parts)
    return Rate(len(parts), shared, *(origins[name] for name in ORIGINS))


def _saved(uses: Mapping[Part, list[str]], packs: Mapping[str, Pack]) -> Saved:
    alone = sum(DAYS_TO_BUILD[part[0]] * len(origins) for part, origins in uses.items())
    return Saved(alone, sum(DAYS_TO_BUILD[part[0]] for part in uses), len(packs))


def _versions(packs: Mapping[str, Pack]) -> tuple[Version, ...]:
    counted = Counter((pack.id, pack.version, pack.digest[:8]) for pack in packs.values())
    return tuple(Version(*key, count) for key, count in sorted(counted.items()))


def _percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def cost_of(days: int, day_cost: int) -> int:
    """In units of the currency."""
    return days * day_cost


def surplus(versions: Iterable[Version]) -> int:
    """How many versions run beside the one that each template needs."""
    told = list(versions)
    return len(told) - len({each.pack for each in told})
