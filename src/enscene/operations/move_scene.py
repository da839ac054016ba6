"""Move a scene along its life: sandbox, pilot, live, suspended, retired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enscene.kernel.controls import control
from enscene.kernel.errors import Conflict, Forbidden, NotFound
from enscene.operations import store
from enscene.operations.planning import enter_scene
from enscene.operations.projects.pass_gate import check_scene_move
from enscene.operations.teamwork.parties import check_parties
from enscene.scenes.administer import change_state
from enscene.scenes.administer.change_scene import NEXT_STATES

PILOTED_BY = "piloted_by"
"""In a scene's profile: who opened the pilot that is not live yet; None after that."""

MOVES: Mapping[str, str] = {
    "sandbox": "sandbox",
    "pilot": "pilot",
    "live": "live",
    "pause": "suspended",
    "retire": "retired",
}
"""What programs call the moves, and the states that they lead to; `resume` is `resume_scene`."""


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


def next_moves(state: str) -> list[str]:
    """What may be done with a scene in that state, by the names of `MOVES`."""
    if state == "suspended":
        return ["resume", "retire"]
    reached = NEXT_STATES[state] - ({"live"} if state == "sandbox" else set())
    return [name for name, target in MOVES.items() if target in reached]


async def move_scene(source: store.Source, tenant: int, ref: str, state: str, who: str) -> None:
    """Change the state; the first time that it is live ends the time of its launch, and gives it its
    entry in the register.

    Four eyes: whoever opens the pilot asks thereby that the scene goes live, and somebody else
    opens it to all. A scene goes live only from its pilot; to go on after a pause needs no
    second person.

    Raises: NotFound, Forbidden (one's own pilot), Conflict (not from here; money is left when
    retiring; a gate of its project is shut; cells of its parties are empty).
    """
    async with store.writing(source, tenant) as connection:
        if state == "live" and (await _card(connection, tenant, ref))["state"] == "sandbox":
            raise Conflict(
                "a scene goes live from its pilot",
                code="scene.pilot_first",
                hint="open the pilot; a second person then opens it to all",
            )
        card = await _card(connection, tenant, ref)
        await check_scene_move(connection, tenant, card["id"], state)
        if state == "live" and card["live_at"] is None:
            await check_parties(connection, tenant, card["id"])
        await change_state(connection, tenant, ref, state, who)
        if state == "pilot":
            await store.update_profile(connection, tenant, ref, {PILOTED_BY: who})
        if state == "live":
            # Read again under the lock that the change has taken.
            profile = (await _card(connection, tenant, ref))["profile"]
            check_second(profile.get(PILOTED_BY), who)
            await store.update_profile(connection, tenant, ref, {PILOTED_BY: None})
            await store.mark_live(connection, tenant, ref)
            scene = (await _card(connection, tenant, ref))["id"]
            await enter_scene(connection, tenant, scene, who)


async def resume_scene(source: store.Source, tenant: int, ref: str, who: str) -> str:
    """Let a suspended scene go on as what it was before the pause: its pilot, or live. The state.

    Raises: NotFound, Conflict (it is not suspended).
    """
    async with store.writing(source, tenant) as connection:
        card = await _card(connection, tenant, ref)
        if card["state"] != "suspended":
            raise Conflict(
                f"a scene that is {card['state']} is not suspended",
                code="scene.bad_transition",
                facts={"from": card["state"], "to": "live"},
            )
        state = await store.read_state_before(connection, tenant, card["id"]) or "pilot"
        await move_scene(connection, tenant, ref, state, who)
    return state


async def _card(connection: store.Connection, tenant: int, ref: str) -> store.Row:
    clock = await store.read_clock(connection, tenant)
    cards = await store.list_scenes(connection, tenant, clock["now"], ref)
    if not cards:
        raise NotFound(f"there is no scene {ref[:60]!r}", code="scene.not_found")
    return cards[0]


async def what_remains(source: store.Source, tenant: int, ref: str) -> Remains:
    """What stands in the way of an end, or is left after it. Raises: NotFound."""
    async with store.reading(source, tenant) as connection:
        scene = (await _card(connection, tenant, ref))["id"]
        accounts = await store.read(connection, "remains", tenant, scene)
        states = await store.read(connection, "states", tenant, scene)
        cases = await store.read(connection, "cases", tenant, scene)
    return Remains(
        tuple((r["name"], r["accounts"], r["minor"], r["held"]) for r in accounts),
        tuple((r["type"], r["state"], r["things"]) for r in states),
        len(cases),
    )


@control("scene_second_person")
def check_second(piloted_by: str | None, who: str) -> None:
    """Who opened the pilot does not open it to all. Raises: Forbidden("scene.second_person")."""
    if piloted_by == who:
        raise Forbidden(
            "a second person opens the scene to all",
            code="scene.second_person",
            hint="somebody else than the one who opened the pilot",
        )
