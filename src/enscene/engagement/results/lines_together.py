"""What several lines of the bank say to the same customers: whom they share, and who gave way to whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from enscene.engagement.campaigns import Campaign
from enscene.engagement.results import store


@dataclass(frozen=True, slots=True)
class Line:
    """How often a line has spoken, and to how many customers."""

    name: str
    campaigns: int
    said: int
    customers: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Customers to whom both lines have spoken."""

    one: str
    other: str
    customers: int


@dataclass(frozen=True, slots=True)
class GaveWay:
    """So many times `line` might have spoken and did not, for `why`; `to` is the line that spoke instead,
    None where nobody did."""

    line: str
    to: str | None
    why: str
    times: int


@dataclass(frozen=True, slots=True)
class Together:
    """`customers` have heard of any line, `several` of more than one."""

    lines: tuple[Line, ...]
    shared: tuple[Shared, ...]
    gave_way: tuple[GaveWay, ...]
    customers: int
    several: int


async def read_together(
    connection: store.Connection, tenant: int, campaigns: Sequence[Campaign], since: datetime
) -> Together:
    """Of what was decided from `since` on; `campaigns` say which line each is of (the newest version
    first). Within a reader's transaction."""
    lines: dict[str, str] = {}
    for each in campaigns:
        lines.setdefault(each.ref, each.body.line)
    names = sorted(set(lines.values()))
    said, shared, several = await store.read_lines(connection, tenant, lines, since)
    gave = await store.read_gave_way(connection, tenant, lines, since)
    own: Mapping[tuple[str, str], int] = {(row[0], row[1]): row[2] for row in shared}
    return Together(
        tuple(
            Line(name, sum(line == name for line in lines.values()), said.get(name, 0),
                 own.get((name, name), 0))
            for name in names
        ),
        tuple(
            Shared(one, other, own.get((one, other), 0))
            for place, one in enumerate(names) for other in names[place + 1 :]
        ),
        tuple(GaveWay(*row) for row in gave), *several,
    )  # fmt: skip
