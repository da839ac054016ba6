"""The settlement of a scene: every balance and every thing, accounted for."""

from __future__ import annotations

from dataclasses import dataclass

from enscene.operations import store
from enscene.operations.catalogue import read_scene_card
from enscene.scenes.language import Pack


@dataclass(frozen=True, slots=True)
class AccountLine:
    """All accounts of a name: how many, what stands on them and what of it is held, minor units.
    `outside` is the account that stands for the world outside the scene."""

    name: str
    kind: str
    currency: str
    accounts: int
    posted: int
    held: int
    outside: bool


@dataclass(frozen=True, slots=True)
class ThingLine:
    """Things of a type in a state; `ends` says that they are done."""

    type: str
    state: str
    things: int
    ends: bool


@dataclass(frozen=True, slots=True)
class Settlement:
    """`money_left` is what customers and partners still have here, minor units without sign: as
    long as there is any, the scene is not retired. `balanced`: all accounts sum to zero."""

    scene: str
    state: str
    accounts: tuple[AccountLine, ...]
    things: tuple[ThingLine, ...]
    cases: int
    money_left: int
    accounts_left: int

    @property
    def balanced(self) -> bool:
        return sum(line.posted for line in self.accounts) == 0

    @property
    def things_open(self) -> int:
        return sum(line.things for line in self.things if not line.ends)


async def settle_scene(source: store.Source, tenant: int, ref: str, pack: Pack) -> Settlement:
    """The settlement as it is now; `pack` is the scene's as it runs. Raises: NotFound."""
    async with store.reading(source, tenant) as connection:
        card = await read_scene_card(connection, tenant, ref)
        accounts = await store.read(connection, "accounts", tenant, card.id)
        left = await store.read(connection, "remains", tenant, card.id)
        states = await store.read(connection, "states", tenant, card.id)
        cases = await store.count_cases(connection, tenant, card.id)
    outside = {account.name for account in pack.accounts.values() if account.outside}
    return Settlement(
        scene=ref,
        state=card.state,
        accounts=tuple(
            AccountLine(
                row["name"],
                row["kind"],
                row["currency"],
                row["accounts"],
                row["posted"],
                row["held"],
                row["name"] in outside,
            )
            for row in accounts
        ),
        things=tuple(
            ThingLine(row["type"], row["state"], row["things"], _ends(pack, row)) for row in states
        ),
        cases=cases,
        money_left=sum(row["left"] for row in left),
        accounts_left=sum(row["accounts"] for row in left),
    )


def _ends(pack: Pack, row: store.Row) -> bool:
    """Whether things in that state are done; those that an earlier pack had are taken as open."""
    thing = pack.things.get(row["type"])
    state = thing.states.get(row["state"]) if thing is not None else None
    return state is not None and state.ends
