"""What each party brings to a scene: customers, other scenes, data and technology."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.operations.data_map import store
from enscene.operations.store import Pool
from enscene.scenes.runtime import RunningScene

PARTIES_MOST = 30
_OTHERS = frozenset({"person", "device"})


@dataclass(frozen=True, slots=True)
class Brought:
    """A party (its ref, name and role) and what it brings, as the platform knows it: `customers`
    are persons linked to it in the scene (of the bank all of them), `scenes` the others that it
    takes part in, `things` what its own actions make, `apps` its applications (titles), `devices`
    those bound to it; `blocks` and `products` are the bank's."""

    ref: str
    name: str
    role: str
    customers: int
    scenes: tuple[str, ...]
    things: tuple[str, ...]
    apps: tuple[str, ...]
    devices: int
    blocks: int = 0
    products: int = 0


async def read_brought(pool: Pool, scene: RunningScene) -> list[Brought]:
    """Every party that is no person and no device, the most customers first; at most
    `PARTIES_MOST`."""
    pack = scene.pack
    async with store.reading(pool, scene.tenant) as connection:
        rows = await store.read(
            connection, "brought", scene.tenant, scene.id,
            [role for role, party in pack.parties.items() if party.is_a not in _OTHERS],
            PARTIES_MOST,
        )  # fmt: skip
        people = await store.read(connection, "people", scene.tenant, [scene.id])
    every = people[0]["people"] if people else 0
    blocks = {step.block for action in pack.actions.values() for step in action.steps}
    found = []
    for row in rows:
        role = row["role"]
        is_bank = pack.parties[role].is_a == "bank"
        made = {
            action.creates.thing
            for action in pack.actions.values()
            if action.creates is not None and role in action.by
        }
        found.append(
            Brought(
                row["ref"], row["name"], role, every if is_bank else row["customers"],
                tuple(row["scenes"]), tuple(name for name in pack.things if name in made),
                tuple(row["apps"]), row["devices"], len(blocks) if is_bank else 0,
                len(pack.products) if is_bank else 0,
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: -each.customers)
