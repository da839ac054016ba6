"""Move a scene along its life: sandbox, pilot, live, suspended, retired."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.kernel.errors import NotFound
from enscene.operations import store
from enscene.scenes.administer import change_state


@dataclass(frozen=True, slots=True)
class Remains:
    """What a scene still holds: accounts with money (name, count, minor units posted and held),
    things by type and state, open cases."""

    accounts: tuple[tuple[str, int, int, int], ...]
    things: tuple[tuple[str, str, int], ...]
    cases: int

    @property
    def money(self) -> int:
        """The money of customers and partners that is left, minor units, without its sign."""
        return sum(abs(minor) for _, _, minor, _ in self.accounts)


async def move_scene(pool: store.Pool, tenant: int, ref: str, state: str, who: str) -> None:
    """Change the state; the first time that it is live ends the time of its launch.

    Raises: NotFound, Conflict (not from here; money is left when retiring).
    """
    async with store.writing(pool, tenant) as connection:
        await change_state(connection, tenant, ref, state, who)
        if state == "live":
            await store.mark_live(connection, tenant, ref)


async def what_remains(pool: store.Pool, tenant: int, ref: str) -> Remains:
    """What stands in the way of an end, or is left after it. Raises: NotFound."""
    async with store.reading(pool, tenant) as connection:
        clock = await store.read_clock(connection, tenant)
        cards = await store.list_scenes(connection, tenant, clock["now"], ref)
        if not cards:
            raise NotFound(f"there is no scene {ref[:60]!r}", code="scene.not_found")
        scene = cards[0]["id"]
        accounts = await store.read(connection, "remains", tenant, scene)
        states = await store.read(connection, "states", tenant, scene)
        cases = await store.read(connection, "cases", tenant, scene)
    return Remains(
        tuple((r["name"], r["accounts"], r["minor"], r["held"]) for r in accounts),
        tuple((r["type"], r["state"], r["things"]) for r in states),
        len(cases),
    )
