"""What is wrong with a launch form: each mistake at the field that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from enscene.kernel.errors import EnsceneError
from enscene.operations import Checked, Wish
from enscene.operations.check_wish import field_at_fault
from enscene.scenes.language.report import advised, told
from enscene.web.language import Texts

ABOUT = ("name", "ref", "region", "unit", "customer", "origins")


@dataclass(frozen=True, slots=True)
class Fault:
    """`field` is the id of the form's field (`option-daily_limit`, `part-x`, `added-0`, `name`),
    or empty where none is meant; `option` is the option's name if it is one."""

    field: str
    said: str
    hint: str = ""

    def whole(self, t: Texts) -> str:
        """What is wrong and what to do, in one line."""
        return t("semicolon").join(text for text in (self.said, self.hint) if text)


def faults_of(wish: Wish, checked: Checked, language: str) -> list[Fault]:
    """The mistakes of a wish, in the reader's language."""
    return [
        Fault(
            _field(field_at_fault(wish, mistake)),
            told(mistake, language),
            advised(mistake, language),
        )
        for mistake in checked.mistakes
    ]


def fault_of(error: EnsceneError, t: Texts) -> Fault:
    """A refusal of the whole form, at the field that it names."""
    said = t.problem(error.code, error.facts, error.detail)
    hint = t.hint(error.code, error.facts, error.hint) or ""
    return Fault(_field(error.param or ""), said, hint)


def by_field(faults: Iterable[Fault]) -> dict[str, Fault]:
    """The first fault of each field."""
    found: dict[str, Fault] = {}
    for fault in faults:
        found.setdefault(fault.field, fault)
    return found


def _field(param: str) -> str:
    """The form's field of a wish's: `options.daily_limit` is `option-daily_limit`."""
    table, _, rest = param.partition(".")
    if table.startswith("added["):
        return f"added-{table.removeprefix('added[').rstrip(']')}"
    if table in ("options", "parts"):
        return f"{table.rstrip('s')}-{rest.split('.')[0].split('[')[0]}"
    return param if param in (*ABOUT, "variant") else ""
