"""Find voices, and what they tell by scene and month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from enscene.customers import find_parties
from enscene.kernel.calendar import is_working_day
from enscene.kernel.clock import local_day, zone_of
from enscene.kernel.errors import NotFound
from enscene.operations import store as operations_store
from enscene.operations.indicators import read_values
from enscene.operations.voices import store
from enscene.operations.voices.voice import OPEN, STATES, Step, Voice, no_voice

LISTED = 200
STARS = "satisfaction.stars"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which voices. `state` also `open` and `late`; `owed_by` is who is to answer or has taken it;
    `before` is the number of the last one of the page before."""

    state: str | None = None
    kind: str | None = None
    scene: str | None = None
    customer: str | None = None
    said_by: str | None = None
    owed_by: str | None = None
    before: UUID | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Of what was told in a month of one scene (None: of no scene). `owed` are those that are answered
    or whose day has passed, `in_time` those of them that were answered by their day; days to the
    answer are working days, days to the release are calendar days (None: nothing to tell)."""

    scene: str | None
    scene_name: str | None
    told: int
    answered: int
    owed: int
    in_time: int
    answer_days: float | None
    released: int
    release_days: float | None

    @property
    def share(self) -> int | None:
        """Answered in time, in percent of those owed, rounded down."""
        return self.in_time * 100 // self.owed if self.owed else None


@dataclass(frozen=True, slots=True)
class Stars:
    """The mean that a role gave the scene, in millionths of a star: in the month before that of the
    release, and in the one after it."""

    role: str
    before: int
    after: int


async def list_voices(
    source: operations_store.Source, tenant: int, asked: Asked, limit: int = LISTED
) -> tuple[Voice, ...]:
    """The latest first. Raises: NotFound (a scene that is not there)."""
    states = {"open": OPEN, "late": OPEN}.get(asked.state or "")
    if asked.state in STATES:
        states = (asked.state,)
    async with operations_store.reading(source, tenant) as connection:
        today = await _today(connection, tenant)
        scene, party = None, None
        if asked.scene:
            row = await store.find_scene(connection, tenant, asked.scene)
            if row is None:
                raise NotFound("there is no such scene", code="scene.not_found")
            scene = row["id"]
        if asked.customer:
            known = (await find_parties(connection, tenant, {asked.customer})).get(asked.customer)
            if known is None:
                return ()
            party = known[0]
        rows = await store.list_voices(
            connection, tenant, states, (asked.kind,) if asked.kind else None, scene, party,
            asked.said_by, asked.owed_by, today if asked.state == "late" else None, asked.before,
            limit,
        )  # fmt: skip
    return tuple(_voice(row, today) for row in rows)


async def read_voice(source: operations_store.Source, tenant: int, voice: UUID) -> Voice:
    """With all that was done. Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        today = await _today(connection, tenant)
        row = await store.read_voice(connection, tenant, voice)
        if row is None:
            raise no_voice()
        steps = await store.read_steps(connection, tenant, voice)
    return _voice(row, today, steps)


async def read_changes(
    source: operations_store.Source, tenant: int, voice: Voice
) -> tuple[tuple[int, datetime, str], ...]:
    """Terms that the voice's scene got since it was said: number, when, by whom."""
    if voice.scene is None:
        return ()
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_terms_after(connection, tenant, voice.scene, voice.terms or 0)
    return tuple(tuple(row) for row in rows)


async def read_stars(
    source: operations_store.Source, tenant: int, voice: Voice
) -> tuple[Stars, ...]:
    """Of a voice that something of its scene was changed for; none before both months are there."""
    if voice.scene is None or voice.released_on is None:
        return ()
    month = voice.released_on.replace(day=1)
    months = (month - timedelta(1)).replace(day=1), (month + timedelta(32)).replace(day=1)
    async with operations_store.reading(source, tenant) as connection:
        row = await store.find_scene(connection, tenant, voice.scene)
        if row is None:
            return ()
        found = await read_values(
            connection, tenant, [STARS], "month", months[0], months[1], row["id"]
        )
    told = {(each.key, each.day): each.value for each in found}
    return tuple(
        Stars(role, told[role, months[0]], told[role, months[1]])
        for role in sorted({each.key for each in found})
        if (role, months[0]) in told and (role, months[1]) in told
    )


async def count_late(source: operations_store.Source, tenant: int) -> int:
    """How many voices are owed an answer since yesterday or longer."""
    async with operations_store.reading(source, tenant) as connection:
        return await store.count_late(connection, tenant, await _today(connection, tenant))


async def read_figures(
    source: operations_store.Source, tenant: int, month: date
) -> tuple[Figures, ...]:
    """By scene, those with most voices first; `month` is its first day."""
    async with operations_store.reading(source, tenant) as connection:
        clock = await operations_store.read_clock(connection, tenant)
        zone = zone_of(clock["zone"])
        since = datetime.combine(month, datetime.min.time(), zone)
        until = datetime.combine((month + timedelta(32)).replace(day=1), datetime.min.time(), zone)
        rows = await store.read_month(connection, tenant, since, until)
        today = local_day(clock["now"], clock["zone"])
    by_scene: dict[tuple[str | None, str | None], list[Any]] = defaultdict(list)
    for row in rows:
        by_scene[row["scene"], row["scene_name"]].append(row)
    found = [_figures(scene, name, each, today, clock["zone"])
             for (scene, name), each in by_scene.items()]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (-each.told, each.scene or "")))


def _figures(
    scene: str | None, name: str | None, rows: Sequence[Any], today: date, zone: str
) -> Figures:
    answered = [row for row in rows if row["answered_on"]]
    owed = [row for row in rows if row["answered_on"] or row["due_on"] < today]
    in_time = [row for row in answered if row["answered_on"] <= row["due_on"]]
    waits = [_working_days(local_day(row["said_at"], zone), row["answered_on"]) for row in answered]
    spans = [(row["released_on"] - local_day(row["said_at"], zone)).days
             for row in rows if row["released_on"]]  # fmt: skip
    return Figures(
        scene, name, len(rows), len(answered), len(owed), len(in_time),
        median(waits) if waits else None, len(spans), median(spans) if spans else None,
    )  # fmt: skip


def _working_days(first: date, last: date) -> int:
    """How many days are worked after the first, up to the last."""
    return sum(
        bool(is_working_day(first + timedelta(n))) for n in range(1, (last - first).days + 1)
    )


async def _today(connection: store.Connection, tenant: int) -> date:
    clock = await operations_store.read_clock(connection, tenant)
    return local_day(clock["now"], clock["zone"])


def _voice(row: Any, today: date, steps: Sequence[Any] = ()) -> Voice:
    return Voice(
        **dict(row), overdue=row["state"] in OPEN and row["due_on"] < today,
        steps=tuple(Step(*each) for each in steps),
    )  # fmt: skip
