"""What a customer's page shows of a need that was typed: the service with its form, or a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from enscene.engagement.asking import PERSON, Answer
from enscene.kernel.clock import parse_time
from enscene.web.h5_forms import ActionForm
from enscene.web.h5_looker import Looker, form_of
from enscene.web.render import local_moment, written_sum

ROWS = 5
NONE = "—"
_SUMS = ("amount", "balance")
_NUMBERS = ("seq", "n", "id")
"""What an entry is told apart by, which nobody wants to read."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, and where it leads. `answer` is what a query told, by field."""

    said: str
    found: Answer
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """`title` of the service, None for a person; `form` None where `rows` tell the answer or
    nothing can be chosen from; `others` are (action, title)."""

    said: str
    title: str | None
    form: ActionForm | None
    rows: Sequence[tuple[str, str]]
    others: Sequence[tuple[str, str]]
    empty: bool


async def show_asked(looker: Looker, asked: Asked) -> Shown:
    """As the page shows it."""
    found = asked.found
    others = [(other.action, looker.word(f"actions.{other.action}")) for other in found.others]
    if found.to == PERSON:
        return Shown(asked.said, None, None, (), others, empty=False)
    title = looker.word(f"actions.{found.to}")
    if asked.answer:
        return Shown(asked.said, title, None, _rows(looker, asked.answer), others, empty=False)
    form = await form_of(looker, found.to)
    # A choice that must be made and has nothing to choose from: there is nothing to do it to.
    empty = any(
        each.kind in ("choice", "many") and not each.optional and not each.choices
        for each in form.fields
    )
    return Shown(asked.said, title, None if empty else form, (), others, empty)


def _rows(looker: Looker, answer: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for name, value in answer.items():
        if name == "at":
            continue
        title = looker.word(f"fields.{name}")
        if isinstance(value, list):
            rows += [(_line(looker, each), _sum(looker, each)) for each in value[:ROWS]]
        else:
            rows.append((title, _word(looker, name, value)))
    return rows


def _line(looker: Looker, value: Any) -> str:
    """What an entry of a list is, without its sum."""
    if not isinstance(value, dict):
        return _word(looker, "", value)
    told = [
        _word(looker, key, each) for key, each in value.items() if key not in (*_SUMS, *_NUMBERS)
    ]
    return " · ".join(text for text in told if text != NONE)


def _sum(looker: Looker, value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    return next((_word(looker, key, value[key]) for key in _SUMS if key in value), "")


def _word(looker: Looker, key: str, value: Any) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "✓" if value else "✗"
    text = str(value)
    if key == "flow":
        return looker.word(f"flows.{text}")
    if key == "at":
        return local_moment(parse_time(text), looker.clock["zone"])
    written = looker.pack.texts[looker.language].get(f"choices.{text}", text)
    return written_sum(written, looker.pack.currency)
