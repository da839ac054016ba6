"""Who takes part in a scene by role and by kind, at the end of a month and of the one before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.scene_account import store

_DAY = timedelta(days=1)
BY = {"participants.by_kind": "kind", "participants.total": "role"}


@dataclass(frozen=True, slots=True)
class Group:
    """Parties of one kind or in one role; `joined` of the month, None where it is not told apart so."""

    by: str
    key: str
    now: int
    before: int
    joined: int | None

    @property
    def is_new(self) -> bool:
        """Whether there were none the month before."""
        return self.now > 0 == self.before


@dataclass(frozen=True, slots=True)
class Participants:
    """`day` is the last computed one of the month. Groups are by kind, then by role, the most first."""

    day: date
    groups: tuple[Group, ...]

    def kinds(self, *, before: bool = False) -> int:
        """How many kinds of parties there are, or were."""
        return sum(
            (each.before if before else each.now) > 0 for each in self.groups if each.by == "kind"
        )

    def count(self, *, before: bool = False) -> int:
        """How many parties, each once."""
        return sum(each.before if before else each.now for each in self.groups if each.by == "kind")


async def read_participants(
    source: operations_store.Source, tenant: int, scene: int, month: date
) -> Participants | None:
    """None where no day of the month is computed."""
    end = (month + 32 * _DAY).replace(day=1) - _DAY
    last_of_before = month - _DAY
    async with operations_store.reading(source, tenant) as connection:
        day, _, _ = await store.read_days(connection, tenant, month, end)
        if day is None:
            return None
        first_before = last_of_before.replace(day=1)
        day_before, _, _ = await store.read_days(connection, tenant, first_before, last_of_before)
        names = list(BY)
        now = await read_values(connection, tenant, names, "day", day, day, scene)
        before = (
            await read_values(connection, tenant, names, "day", day_before, day_before, scene)
            if day_before else []
        )  # fmt: skip
        joined = await read_values(
            connection, tenant, ["participants.new"], "month", month, month, scene
        )
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for place, values in enumerate((now, before)):
        for each in values:
            counts[BY[each.indicator], each.key][place] += each.value
    came = {each.key: each.value for each in joined}
    groups = [
        Group(by, key, now, before, came.get(key, 0) if by == "role" else None)
        for (by, key), (now, before) in counts.items()
    ]
    return Participants(day, tuple(sorted(groups, key=lambda g: (g.by, -g.now, g.key))))
