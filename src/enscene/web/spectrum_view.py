"""A customer's spectrum in words: the same for the customer and for the bank's people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from enscene.customers.spectrum import GENERAL, Band, Preference, read_spectrum
from enscene.engagement.outside import BY_ACTION, PREFIX
from enscene.engagement.spectrum.store import Called, read_called
from enscene.kernel.errors import NotFound
from enscene.scenes.runtime import RunningScene
from enscene.web.console import Console
from enscene.web.language import Texts
from enscene.web.render import called


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One of the strongest pieces: `strength` as it was, `left` of it now, with their signs."""

    at: datetime
    scene: str
    action: str
    strength: str
    left: str


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """When it went from which band into which, and whether by what was done or by time."""

    at: datetime
    before: Band
    after: Band
    preference: int
    attitude: int
    faded: bool


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic with all that it rests on. `formulas` are the two sums in numbers."""

    key: str
    title: str
    preference: int
    attitude: int
    attitude_text: str
    band: Band
    pieces: int
    first: datetime
    last: datetime
    scenes: str
    half_life: str
    formulas: tuple[str, str]
    evidence: list[EvidenceLine]
    more: int
    changes: list[ChangeLine]
    falls_at: datetime | None


@dataclass(frozen=True, slots=True)
class SpectrumView:
    """`general` are the topics of all scenes together, `own` those of single scenes."""

    general: list[TopicView]
    own: list[TopicView]

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not self.general and not self.own


async def view_spectrum(
    console: Console, connection: Any, tenant: int, customer: int, now: datetime, t: Texts
) -> SpectrumView:
    """What is known of the customer as of now."""
    found = await read_spectrum(connection, tenant, customer, now)
    numbers = {each for preference in found for each in preference.scenes}
    scenes = {number: await _scene(console, tenant, number) for number in numbers}
    names = await read_called(connection, tenant, _wanted(found, scenes))
    words = _Words(t, scenes, names)
    general = [words.topic(each) for each in found if each.topic in GENERAL]
    own = [words.topic(each) for each in found if each.topic not in GENERAL]
    return SpectrumView(general, own)


async def _scene(console: Console, tenant: int, number: int) -> RunningScene | None:
    try:
        return await console.host.catalogue.scene_by_id(tenant, number)
    except NotFound:
        return None


def _wanted(found: Iterable[Preference], scenes: Mapping[int, RunningScene | None]) -> set[Called]:
    wanted = set()
    for each in found:
        if not each.value:
            continue
        for number in each.scenes:
            called_by = _called_by(scenes[number], each.topic)
            if called_by is not None:
                wanted.add((number, called_by[0], each.value, called_by[1]))
    return wanted


def _called_by(scene: RunningScene | None, topic: str) -> tuple[str, str] | None:
    known = None if scene is None else scene.pack.topics.get(topic.partition(".")[2])
    return None if known is None else known.called


class _Words:
    def __init__(
        self, t: Texts, scenes: Mapping[int, RunningScene | None], names: Mapping[Called, str]
    ) -> None:
        self._t = t
        self._scenes = scenes
        self._names = names

    def topic(self, found: Preference) -> TopicView:
        t, formula = self._t, found.formula
        liked, disliked = _number(found.speaks_for), _number(found.speaks_against)
        half_at, doubt = _number(formula.half_at), _number(formula.doubt)
        return TopicView(
            key=":".join(filter(None, (found.topic, found.value))),
            title=self._title(found),
            preference=found.preference,
            attitude=found.attitude,
            attitude_text=_signed(found.attitude),
            band=found.band,
            pieces=found.pieces,
            first=found.first,
            last=found.last,
            scenes=t("comma").join(self._scene(number) for number in found.scenes),
            half_life=_days(formula.half_life_days, t),
            formulas=(
                t("spectrum.sum_preference", liked=liked, half_at=half_at, found=found.preference),
                t(
                    "spectrum.sum_attitude", liked=liked, disliked=disliked, doubt=doubt,
                    found=_signed(found.attitude),
                ),
            ),
            evidence=[
                EvidenceLine(
                    each.at, self._scene(each.scene), self._action(each.scene, each.action),
                    _signed(each.strength), _signed(each.left),
                )
                for each in found.evidence
            ],
            more=found.pieces - len(found.evidence),
            changes=[
                ChangeLine(c.at, c.before, c.after, c.preference, c.attitude, not c.source)
                for c in found.changes
            ],
            falls_at=found.falls_at,
        )  # fmt: skip

    def _title(self, found: Preference) -> str:
        if found.topic in GENERAL:
            return self._t(f"spectrum.general.{found.topic}")
        title, name = found.topic, found.value
        for number in found.scenes:
            scene = self._scenes[number]
            if scene is None:
                continue
            key = f"topics.{found.topic.partition('.')[2]}"
            title = scene.pack.texts[self._t.language].get(key, title)
            called_by = _called_by(scene, found.topic)
            if called_by is not None:
                at = (number, called_by[0], found.value, called_by[1])
                name = self._names.get(at, name)
        return self._t("spectrum.topic_of", topic=title, value=name) if name else title

    def _scene(self, number: int) -> str:
        scene = self._scenes.get(number)
        return str(number) if scene is None else called(scene.name, self._t.language)

    def _action(self, number: int, action: str) -> str:
        if action in BY_ACTION:
            return self._t(f"contacts.types.{action.removeprefix(PREFIX)}")
        scene = self._scenes.get(number)
        return (
            action
            if scene is None
            else scene.pack.texts[self._t.language].get(f"actions.{action}", action)
        )


def _days(days: float, t: Texts) -> str:
    if days < 1:
        return t("spectrum.hours", count=round(days * (timedelta(days=1) / timedelta(hours=1))))
    return t("spectrum.days", count=_number(days))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _signed(value: float) -> str:
    text = _number(abs(value))
    if text == "0":
        return "0"
    return f"+{text}" if value > 0 else f"−{text}"
