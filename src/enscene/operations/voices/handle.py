"""What is done with a voice until it is answered, and tied to what changed with it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from enscene.kernel.clock import local_day
from enscene.kernel.errors import Conflict, Forbidden, Invalid
from enscene.kernel.ids import find_uuid
from enscene.operations import store as operations_store
from enscene.operations.releases.release import PREFIX as RELEASE
from enscene.operations.teamwork.tasks import department_of
from enscene.operations.teamwork.texts import NAME_MOST, said
from enscene.operations.voices import store
from enscene.operations.voices.voice import HANDS_MOST, no_voice, written

_FROM = {"proposed": ("new", "taken"), "acted": ("proposed",),
         "dropped": ("new", "taken", "proposed"), "answered": ("new", "taken")}  # fmt: skip


async def take_voice(source: operations_store.Source, tenant: int, voice: UUID, who: str) -> None:
    """Who takes it answers it. Once: again by the same person it changes nothing.

    Raises: NotFound, Conflict("voice.ended", "voice.taken").
    """
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, voice)
        if row["state"] not in ("new", "taken"):
            raise _ended()
        if row["taken_by"] is not None:
            if row["taken_by"] != who:
                raise _taken()
            return
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.take(connection, tenant, voice, who)
        await store.add_step(connection, tenant, voice, "taken", "", None, None, who, now)


async def hand_voice(
    source: operations_store.Source, tenant: int, voice: UUID, department: str, owner: str,
    says: str, who: str,
) -> None:  # fmt: skip
    """To another department or person, who take it anew; the day by which it is owed stays.

    Raises: NotFound, Conflict("voice.ended", "voice.hands"), Invalid.
    """
    unit = department_of(department)
    name = said(owner, "owner", NAME_MOST) if owner.strip() else ""
    text = written(says, "says") if says.strip() else ""
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, voice)
        if row["state"] not in ("new", "taken"):
            raise _ended()
        if await store.count_hands(connection, tenant, voice) >= HANDS_MOST:
            raise Conflict("it was handed on too often", code="voice.hands")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.hand(connection, tenant, voice, unit, name)
        await store.add_step(connection, tenant, voice, "handed", text, unit, name, who, now)


async def answer_voice(
    source: operations_store.Source, tenant: int, voice: UUID, says: str, who: str
) -> None:
    """The answer, which whoever told it sees. Nobody answers what they told themselves.

    Raises: NotFound, Conflict("voice.ended", "voice.taken", "voice.hot_spot"),
    Forbidden("voice.own"), Invalid.
    """
    await _move(source, tenant, voice, "answered", says, who)


async def propose_for(
    source: operations_store.Source, tenant: int, voice: UUID, says: str, who: str
) -> None:
    """What to do about a hot spot. Raises: as `answer_voice`, Conflict("voice.no_hot_spot")."""
    await _move(source, tenant, voice, "proposed", says, who)


async def end_hot_spot(
    source: operations_store.Source, tenant: int, voice: UUID, says: str, who: str, *, acted: bool
) -> None:
    """What was done about a proposed hot spot, or why nothing is. Raises: as `propose_for`."""
    await _move(source, tenant, voice, "acted" if acted else "dropped", says, who)


async def _move(
    source: operations_store.Source, tenant: int, voice: UUID,
    state: Literal["answered", "proposed", "acted", "dropped"], says: str, who: str,
) -> None:  # fmt: skip
    text = written(says, "says")
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, voice)
        if (row["kind"] == "hot_spot") != (state != "answered"):
            raise _not_so(row["kind"])
        if row["state"] not in _FROM[state]:
            raise _ended()
        if state == "answered" and row["source"] != "customer" and row["said_by"] == who:
            raise Forbidden("somebody else answers", code="voice.own")
        if state == "answered" and row["taken_by"] not in (None, who):
            raise _taken()
        clock = await operations_store.read_clock(connection, tenant)
        day = None if state == "proposed" else local_day(clock["now"], clock["zone"])
        await store.move(connection, tenant, voice, state, who, day)
        await store.add_step(connection, tenant, voice, state, text, None, None, who, clock["now"])


async def tie_release(
    source: operations_store.Source, tenant: int, voice: UUID, release: str, who: str
) -> None:
    """What changed with an answered voice: of a scene the number of its terms, later than when it was
    said; of anything else a release of the bank (`rel_…`) that was begun since.

    Raises: NotFound, Conflict("voice.not_answered"), Invalid("voice.release").
    """
    text = release.strip()
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, voice)
        if row["state"] != "answered":
            raise Conflict("it is not answered, or tied already", code="voice.not_answered")
        clock = await operations_store.read_clock(connection, tenant)
        day = await _released(connection, tenant, row, text, clock)
        if day is None:
            raise Invalid("no release since then", code="voice.release", param="release")
        await store.tie(connection, tenant, voice, text, day)
        await store.add_step(
            connection, tenant, voice, "changed", text, None, None, who, clock["now"]
        )


async def _released(
    connection: store.Connection, tenant: int, row: Any, text: str, clock: Any
) -> date | None:
    """The day on which it came; None where it did not, or before the voice."""
    if row["scene"] is None:
        found = find_uuid(text, RELEASE)
        at = None if found is None else await store.read_release_at(connection, tenant, found)
        if at is None or at < row["said_at"]:
            return None
    else:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            return None
        if int(text) <= (row["terms"] or 0) or text != str(int(text)):
            return None
        at = await store.read_terms_at(connection, tenant, row["scene"], int(text))
        if at is None:
            return None
        # Terms have the real time: where a sandbox is ahead of it, they came today.
        at = at if at >= row["said_at"] else clock["now"]
    return local_day(at, clock["zone"])


async def _locked(connection: store.Connection, tenant: int, voice: UUID) -> Any:
    row = await store.lock_voice(connection, tenant, voice)
    if row is None:
        raise no_voice()
    return row


def _ended() -> Conflict:
    return Conflict("this cannot be done with it any more", code="voice.ended")


def _taken() -> Conflict:
    return Conflict("somebody else has taken it", code="voice.taken")


def _not_so(kind: str) -> Conflict:
    if kind == "hot_spot":
        return Conflict("a hot spot is proposed, acted on or dropped", code="voice.hot_spot")
    return Conflict("it is no hot spot", code="voice.no_hot_spot")
