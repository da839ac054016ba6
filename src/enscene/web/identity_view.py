"""Who a customer is over all scenes, and who stands around, in words and as a small picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enscene.customers.identity import Tie, list_ties, read_parties_of
from enscene.customers.relations import Around, find_around
from enscene.kernel.clock import local_day
from enscene.operations import store as operations_store
from enscene.web.console import Visit
from enscene.web.language import Texts

STEPS, DRAWN_NEAR, DRAWN_FAR, LISTED = 2, 8, 10, 40
WIDTH, HEIGHT = 360, 300
NEAR, FAR = 74, 126
LETTERS = 6


@dataclass(frozen=True, slots=True)
class TieView:
    """`other` is the other party's reference; `mine` that the reader has asked it, and so cannot
    decide it."""

    id: str
    other: str
    name: str
    why: str
    state: str
    note: str
    made_by: str
    made_at: datetime
    decided_by: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A party in the picture, in its units; `x0`, `y0` is where its line comes from."""

    x: int
    y: int
    x0: int
    y0: int
    name: str
    title: str
    is_customer: bool
    far: bool


@dataclass(frozen=True, slots=True)
class AroundLine:
    """Somebody in the list: the way there in words, and over whom the bank reaches them."""

    ref: str
    name: str
    kind: str
    is_customer: bool
    way: str
    known: str


@dataclass(frozen=True, slots=True)
class WhoView:
    """`parties` are (reference, name) of all that are this customer, itself among them."""

    parties: list[tuple[str, str]]
    ties: list[TieView]
    around: list[AroundLine]
    nodes: list[Node]
    more: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture."""
        return WIDTH, HEIGHT


async def view_who(visit: Visit, row: Any, clock: Mapping[str, Any]) -> WhoView:
    """Of a party (id, ref, name)."""
    tenant, customer = visit.tenant, row["id"]
    async with operations_store.reading(visit.console.pool, tenant) as connection:
        parties = await read_parties_of(connection, tenant, customer)
        ties = await list_ties(connection, tenant, [customer])
        ends = {end for tie in ties for end in (tie.low, tie.high)}
        ids = sorted({*parties, *ends})
        rows = await operations_store.read(connection, "names", tenant, ids, [])
        day = local_day(clock["now"], clock["zone"])
        around = await find_around(connection, tenant, row["ref"], day, STEPS)
    names = {each["id"]: (each["ref"], each["name"] or each["ref"]) for each in rows}
    words = _Words(visit.t)
    return WhoView(
        [names[party] for party in parties if party in names],
        [_tie(tie, customer, names, visit) for tie in reversed(ties)],
        [words.line(each) for each in around[:LISTED]],
        words.draw(around, row["ref"]),
        max(0, len(around) - LISTED),
    )


def _tie(tie: Tie, customer: int, names: Mapping[int, tuple[str, str]], visit: Visit) -> TieView:
    other = tie.high if tie.low == customer else tie.low
    ref, name = names.get(other, ("", ""))
    return TieView(
        str(tie.id), ref, name, visit.t(f"said.keys.{tie.why}"), tie.state, tie.note, tie.made_by,
        tie.made_at, tie.decided_by or "", tie.made_by == visit.who,
    )  # fmt: skip


class _Words:
    def __init__(self, t: Texts) -> None:
        self._t = t

    def line(self, around: Around) -> AroundLine:
        parts = []
        for step in around.way:
            kind = self._t.known(f"said.relations.{step.kind}") or step.kind
            parts.append(f"{step.source} {'←' if step.turned else '→'} {kind}")
        kind = self._t.known(f"said.parties.{around.kind}") or around.kind
        way = " · ".join([*parts, around.ref])
        return AroundLine(
            around.ref, around.name or around.ref, kind, around.is_customer, way, around.known
        )

    def draw(self, found: Sequence[Around], start: str) -> list[Node]:
        """The nearest in a ring, and behind each whom it leads to."""
        near = [each for each in found if len(each.way) == 1][:DRAWN_NEAR]
        behind: dict[str, list[Around]] = {each.ref: [] for each in near}
        for each in [each for each in found if len(each.way) == 2][:DRAWN_FAR]:
            if each.way[0].target in behind or each.way[0].source in behind:
                first = each.way[1].source
                behind.setdefault(first, []).append(each)
        nodes: list[Node] = []
        for place, each in enumerate(near):
            angle = -0.4 + 2 * math.pi * place / len(near)
            x, y = _at(angle, NEAR)
            nodes.append(self._node(each, x, y, WIDTH // 2, HEIGHT // 2, far=False))
            others = behind[each.ref]
            spread = 2 * math.pi / len(near) / max(1, len(others))
            for number, other in enumerate(others):
                turn = angle + (number - (len(others) - 1) / 2) * min(spread, 0.6)
                nodes.append(self._node(other, *_at(turn, FAR), x, y, far=True))
        return nodes

    def _node(self, each: Around, x: int, y: int, x0: int, y0: int, *, far: bool) -> Node:
        name = each.name or each.ref
        short = name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"
        return Node(x, y, x0, y0, short, self.line(each).way, each.is_customer, far)


def _at(angle: float, radius: int) -> tuple[int, int]:
    x = WIDTH / 2 + math.cos(angle) * radius * 1.15
    return round(x), round(HEIGHT / 2 + math.sin(angle) * radius)
