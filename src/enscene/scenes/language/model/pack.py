"""The pack as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from enscene.kernel.documents import Mistake, Position
from enscene.scenes.language.model.actions import Action
from enscene.scenes.language.model.cases import Case, People, Quality
from enscene.scenes.language.model.declarations import (
    Account,
    Counter,
    Link,
    Option,
    Part,
    Party,
    Thing,
)
from enscene.scenes.language.model.flows import Flow
from enscene.scenes.language.model.reactions import (
    Indicator,
    Meter,
    Moment,
    Page,
    Product,
    Timer,
    Topic,
    Trigger,
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A declared overlay: option values and bounds, parts, texts; never behaviour."""

    name: str
    options: tuple[str, ...]
    parts: Mapping[str, bool]
    at: Position


@dataclass(frozen=True, slots=True)
class Figures:
    """What the proofs went through, for people."""

    counts: Mapping[str, int]
    money_paths: int
    releases: tuple[str, ...]
    configurations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pack:
    """A scene as data, checked. `digest` (sha256, hex) is of all its files; `files` are their
    texts, from which `configure` works; `origin` says who has developed it; `asking` is what customers say by action and language."""

    id: str
    version: str
    digest: str
    currency: str
    serves: tuple[str, ...]
    sector: str
    routes: tuple[str, ...]
    parties: Mapping[str, Party]
    links: Mapping[str, Link]
    options: Mapping[str, Option]
    parts: Mapping[str, Part]
    accounts: Mapping[str, Account]
    counters: Mapping[str, Counter]
    things: Mapping[str, Thing]
    flows: Mapping[str, Flow]
    actions: Mapping[str, Action]
    timers: Mapping[str, Timer]
    triggers: Mapping[str, Trigger]
    products: Mapping[str, Product]
    moments: Mapping[str, Moment]
    topics: Mapping[str, Topic]
    meters: Mapping[str, Meter]
    indicators: Mapping[str, Indicator]
    pages: Mapping[str, Page]
    texts: Mapping[str, Mapping[str, str]]
    cases: tuple[Case, ...]
    people: People
    quality: tuple[Quality, ...]
    variants: Mapping[str, Variant]
    figures: Figures
    files: Mapping[str, str] = field(repr=False)
    variant: str | None = None
    asking: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    origin: str = "own"

    def text(self, key: str, language: str = "zh") -> str:
        """The text of a key in a language; the checks have made sure that it exists."""
        return self.texts[language][key]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """A pack, or the mistakes that keep it from being one (in the order of files and lines)."""

    pack: Pack | None
    mistakes: tuple[Mistake, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there is a pack."""
        return self.pack is not None
