"""What a voice is: said by the front line or a customer, or found outside; with its way to an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias, get_args
from uuid import UUID

from enscene.kernel.errors import Invalid, NotFound
from enscene.kernel.ids import find_uuid, public_id
from enscene.operations.teamwork.standard import Department

PREFIX = "voi"
Kind: TypeAlias = Literal["idea", "complaint", "praise", "hot_spot", "question"]
KINDS: tuple[Kind, ...] = get_args(Kind)
TOLD = KINDS[:4]
"""What anybody can tell; a question is asked of an expert."""
SAID = KINDS[:3]
"""What a customer can tell."""
Source: TypeAlias = Literal["staff", "customer", "outside"]
SOURCES: tuple[Source, ...] = get_args(Source)
State: TypeAlias = Literal["new", "taken", "proposed", "answered", "changed", "acted", "dropped"]
STATES: tuple[State, ...] = get_args(State)
OPEN = STATES[:3]
"""States in which an answer is owed; of hot spots, what is done about them."""
TEXT_MOST, PLACE_MOST, HANDS_MOST, OPEN_MOST = 1_000, 300, 50, 20


@dataclass(frozen=True, slots=True)
class Words:
    """What is told. `scene`, `project` and `product` (of the shelf) are references, None for none;
    `found_at` is where outside it stands; `customer` is the reference of who says it. `department`
    and `owner` say who is to answer where it is not who answers for the scene."""

    kind: str
    says: str
    source: str = "staff"
    scene: str | None = None
    project: str | None = None
    product: str | None = None
    found_at: str | None = None
    customer: str | None = None
    department: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What was done: `told`, `taken`, `handed` (to a department and somebody), `answered`, `changed`,
    `proposed`, `acted`, `dropped`; by whom and when."""

    what: str
    says: str
    department: Department | None
    owner: str | None
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Voice:
    """`owner` is who is to answer, `taken_by` who has taken it. `release` is what changed with it: the
    number of the scene's terms, or a release's reference. `hands` counts how often it was handed on.
    What was said is empty once its customer was erased."""

    id: UUID
    kind: Kind
    source: Source
    scene: str | None
    scene_name: str | None
    project: str | None
    product: str | None
    says: str
    found_at: str | None
    customer: str | None
    said_by: str
    said_at: datetime
    terms: int | None
    due_on: date
    state: State
    department: Department
    owner: str
    taken_by: str | None
    answered_on: date | None
    release: str | None
    released_on: date | None
    answer: str | None
    hands: int
    overdue: bool
    steps: tuple[Step, ...] = ()

    @property
    def ref(self) -> str:
        """As it is written outside."""
        return public_id(PREFIX, self.id)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def acts(self) -> tuple[str, ...]:
        """What can be done with it now."""
        if self.state in ("new", "taken"):
            ways = ("propose", "drop") if self.kind == "hot_spot" else ("answer",)
            return (*(("take",) if self.state == "new" else ()), "hand", *ways)
        if self.state == "proposed":
            return ("act", "drop")
        return ("change",) if self.state == "answered" else ()


def voice_id(ref: str) -> UUID:
    """Raises: NotFound."""
    found = find_uuid(ref, PREFIX)
    if found is None:
        raise no_voice()
    return found


def no_voice() -> NotFound:
    return NotFound("there is no such voice", code="voice.not_found")


def written(text: str, param: str, most: int = TEXT_MOST) -> str:
    """Without blanks around it. Raises: Invalid("voice.text")."""
    found = text.strip()
    if not 0 < len(found) <= most or "\0" in found:
        raise Invalid(
            f"1 to {most} characters", code="voice.text", param=param, facts={"most": most}
        )
    return found
