"""Trainings for a scene: planned, entered, and recorded by person; what is passed becomes a skill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, get_args
from uuid import UUID

from enscene.customers import find_parties
from enscene.kernel.clock import local_day, parse_day
from enscene.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from enscene.kernel.ids import new_uuid
from enscene.operations import store as operations_store
from enscene.operations.knowledge import store
from enscene.operations.teamwork.parties import find_scene
from enscene.operations.teamwork.texts import NAME_MOST, said
from enscene.shelf.product import KINDS
from enscene.work import read_skills, set_skills

Audience: TypeAlias = Literal["staff", "customers"]
AUDIENCES: tuple[Audience, ...] = get_args(Audience)
PLACES_MOST, SCORE_MOST = 500, 100


@dataclass(frozen=True, slots=True)
class Course:
    """What is planned: `held_on` is a day as text, `skill` the kind of product that whoever passes may
    advise on (of staff alone, None for none)."""

    scene: str
    title: str
    held_on: str
    audience: str
    places: int
    skill: str | None = None


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody in a training: a login of the bank's, or a customer's reference. None: not recorded, or
    nothing to tell."""

    name: str
    attended: bool | None
    passed: bool | None
    score: int | None
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class Training:
    """`entered`, `attended` and `passed` count people."""

    id: UUID
    scene: str
    scene_name: str
    title: str
    held_on: date
    audience: Audience
    places: int
    skill: str | None
    planned_by: str
    planned_at: datetime
    entered: int
    attended: int
    passed: int
    people: tuple[Learner, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """Somebody of the bank over all trainings; `score` is the mean, `skills` what they advise on."""

    login: str
    name: str
    entered: int
    attended: int
    passed: int
    score: int | None
    skills: tuple[str, ...]


async def plan_training(
    source: operations_store.Source, tenant: int, course: Course, who: str
) -> UUID:
    """Its number. Raises: NotFound (scene), Invalid with `param`."""
    title, day = said(course.title, "title"), parse_day(course.held_on, param="held_on")
    if course.audience not in AUDIENCES:
        raise Invalid("staff or customers", code="training.audience", param="audience")
    if not 1 <= course.places <= PLACES_MOST:
        raise Invalid(
            f"1 to {PLACES_MOST}", code="training.places", param="places",
            facts={"most": PLACES_MOST},
        )  # fmt: skip
    if course.skill and (course.skill not in KINDS or course.audience != "staff"):
        raise Invalid("a kind of product, of staff alone", code="training.skill", param="skill")
    number = new_uuid()
    async with operations_store.writing(source, tenant) as connection:
        scene = await find_scene(connection, tenant, course.scene)
        now = (await operations_store.read_clock(connection, tenant))["now"]
        await store.insert_training(
            connection, tenant, number, scene, title, day, course.audience, course.places,
            course.skill or None, who, now,
        )  # fmt: skip
    return number


async def enter_person(
    source: operations_store.Source, tenant: int, training: UUID, name: str, who: str
) -> None:
    """Give somebody a place: a login of the bank's people, or the reference of a customer.

    Raises: NotFound, Conflict("training.full", "training.entered"), Invalid("training.person").
    """
    person = said(name, "name", NAME_MOST)
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, training)
        party = None
        if row["audience"] == "staff":
            known = await store.has_login(connection, tenant, person)
        else:
            found = (await find_parties(connection, tenant, {person})).get(person)
            known = found is not None and found[1] not in ("bank", "device")
            party = found[0] if found else None
        if not known:
            raise Invalid("there is no such person", code="training.person", param="name")
        if await store.count_people(connection, tenant, training) >= row["places"]:
            raise Conflict("every place is taken", code="training.full")
        now = (await operations_store.read_clock(connection, tenant))["now"]
        if not await store.insert_person(connection, tenant, training, person, party, who, now):
            raise Conflict("they have a place", code="training.entered")


async def record_result(
    source: operations_store.Source, tenant: int, training: UUID, name: str, who: str, *,
    attended: bool, passed: bool | None = None, score: int | None = None,
) -> None:  # fmt: skip
    """Once, from the day of the training on, by somebody else. Whoever passes has its skill.

    Raises: NotFound, Conflict("training.recorded", "training.early"), Forbidden("training.own"),
    Invalid("training.result", "training.score").
    """
    if not attended and (passed is not None or score is not None):
        raise Invalid("who was not there has no result", code="training.result", param="passed")
    if score is not None and not 0 <= score <= SCORE_MOST:
        raise Invalid("0 to 100", code="training.score", param="score")
    async with operations_store.writing(source, tenant) as connection:
        row = await _locked(connection, tenant, training)
        recorded = await store.is_recorded(connection, tenant, training, name)
        if recorded is None:
            raise NotFound("nobody of that name was entered", code="training.no_person")
        if recorded:
            raise Conflict("it is recorded already", code="training.recorded")
        is_staff = row["audience"] == "staff"
        if is_staff and who.partition("@")[0] == name:
            raise Forbidden("somebody else records it", code="training.own")
        clock = await operations_store.read_clock(connection, tenant)
        if local_day(clock["now"], clock["zone"]) < row["held_on"]:
            raise Conflict("it was not held yet", code="training.early")
        await store.record(
            connection, tenant, training, name, attended, passed, score, who, clock["now"]
        )
        if passed and is_staff and row["skill"]:
            has = (await read_skills(connection, tenant)).get(name, ())
            await set_skills(connection, tenant, name, {*has, row["skill"]}, KINDS, who)


async def list_trainings(
    source: operations_store.Source, tenant: int, scene: str | None = None
) -> tuple[Training, ...]:
    """Without their people, the latest first, 200 at most."""
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_trainings(connection, tenant, None, scene)
    return tuple(_training(row) for row in rows)


async def read_training(source: operations_store.Source, tenant: int, training: UUID) -> Training:
    """Raises: NotFound."""
    async with operations_store.reading(source, tenant) as connection:
        rows = await store.read_trainings(connection, tenant, training, None)
        if not rows:
            raise _none()
        return _training(rows[0], await store.read_people(connection, tenant, training))


async def list_records(source: operations_store.Source, tenant: int) -> tuple[Record, ...]:
    """The bank's people who were entered in a training, those who passed most first."""
    async with operations_store.reading(source, tenant) as connection:
        skills = await read_skills(connection, tenant)
        rows = await store.read_learners(connection, tenant)
    return tuple(Record(**dict(row), skills=skills.get(row["login"], ())) for row in rows)


def _training(row: Any, people: Sequence[Any] = ()) -> Training:
    return Training(**dict(row), people=tuple(Learner(*each) for each in people))


async def _locked(connection: store.Connection, tenant: int, training: UUID) -> Any:
    row = await store.lock_training(connection, tenant, training)
    if row is None:
        raise _none()
    return row


def _none() -> NotFound:
    return NotFound("there is no such training", code="training.not_found")
