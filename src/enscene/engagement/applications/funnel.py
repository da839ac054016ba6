"""The funnel of a product in a scene: from the offer to the contract, and where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from enscene.engagement.applications import _figures_store, store
from enscene.scenes.runtime import SceneHost

_OFFERS = ("offered", "seen", "direct", "applied", "dismissed")
FUNNEL = ("offered", "seen", "begun", "decided", "approved", "signed", "done")


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """How many came so far; the `share` of those at the step before who came on to here (None
    where there was nobody); how many have ended here, and how many are here still."""

    step: str
    reached: int
    share: float | None
    stopped: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """One product of the shelf in one scene. `unasked` applications were begun without an offer;
    `direct` offers were taken by an action of the scene, where nothing has to be applied for. An
    offer that was taken by an unasked application is neither begun twice nor direct."""

    scene: int
    scene_ref: str
    scene_name: str
    product: str
    unasked: int
    direct: int
    steps: list[FunnelStep]

    @property
    def most(self) -> int:
        """What its widest bar stands for."""
        return max((step.reached for step in self.steps), default=0)


async def read_funnels(
    connection: store.Connection, host: SceneHost, tenant: int, scene: int | None = None
) -> list[Funnel]:
    """Of every product that was offered or asked for in a scene, the busiest first."""
    offers: dict[tuple[int, str], dict[str, int]] = {}
    rows = await _figures_store.count_offers(connection, tenant, scene)
    mounted: dict[tuple[int, str], str] = {}
    for row in rows:
        found = await host.catalogue.scene_by_id(tenant, row["scene"])
        named = found.pack.products.get(row["product"])
        mounted[row["scene"], row["product"]] = row["product"] if named is None else named.shelf
    applied = await _figures_store.count_applied(connection, tenant, mounted)
    for row in rows:
        # A pack may mount one product of the shelf under several names.
        at = (row["scene"], row["product"])
        place, by = (row["scene"], mounted[at]), applied.get(at, 0)
        told = {**row, "direct": row["direct"] - by, "applied": by}
        before = offers.get(place, {})
        offers[place] = {name: before.get(name, 0) + told[name] for name in _OFFERS}
    asked = {
        (row["scene"], row["product"]): dict(row)
        for row in await _figures_store.count_reached(connection, tenant, scene)
    }
    funnels = []
    for place in {**offers, **asked}:
        found = await host.catalogue.scene_by_id(tenant, place[0])
        offered, told = offers.get(place, {}), asked.get(place, {})
        funnels.append(
            Funnel(
                scene=found.id,
                scene_ref=found.ref,
                scene_name=found.name,
                product=place[1],
                unasked=told.get("unasked", 0),
                direct=offered.get("direct", 0),
                steps=_steps(offered, told),
            )
        )
    return sorted(funnels, key=lambda f: (-f.steps[2].reached, -f.most, f.scene_ref, f.product))


def _steps(offers: Mapping[str, int], told: Mapping[str, int]) -> list[FunnelStep]:
    # What an action of the scene has given at once has come all the way.
    direct = offers.get("direct", 0)
    reached = [offers.get("offered", 0), offers.get("seen", 0)]
    reached += [told.get(name, 0) + direct for name in FUNNEL[2:]]
    # What was begun without an offer has not come from the step before.
    came = [reached[0], reached[1], told.get("asked", 0) + direct, *reached[3:]]
    stopped = [0, offers.get("dismissed", 0)]
    stopped += [told.get(f"stopped_{name}", 0) for name in FUNNEL[2:-1]] + [0]
    steps = []
    for n, name in enumerate(FUNNEL):
        share = round(came[n] / reached[n - 1], 4) if n and reached[n - 1] else None
        on = came[n + 1] if n + 1 < len(FUNNEL) else reached[n]
        waiting = reached[n] - on - stopped[n]
        if name == "seen":  # an application took them without naming them: they wait no more
            waiting -= offers.get("applied", 0)
        steps.append(FunnelStep(name, reached[n], share, stopped[n], max(0, waiting)))
    return steps


def tell_funnel(funnel: Funnel) -> dict[str, Any]:
    """For programs."""
    return {
        "scene": funnel.scene_ref,
        "product": funnel.product,
        "unasked": funnel.unasked,
        "direct": funnel.direct,
        "steps": [asdict(step) for step in funnel.steps],
    }
