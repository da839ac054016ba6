"""Sentences that can be told again in another language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence as it was made: an English `template` with {blanks}, and the `facts` in them.

    `str()` tells it in English. A table of another language is looked up by the template. A fact
    may itself be Said or Both; a fact that is a tuple is a list of names.
    """

    template: str
    facts: Mapping[str, object]

    def __str__(self) -> str:
        values = {name: _shown(value) for name, value in self.facts.items()}
        return self.template.format(**values)

    def __bool__(self) -> bool:
        return bool(self.template)

    def bare(self) -> Said:
        """The same without its full stop."""
        return Said(self.template.rstrip("."), self.facts)


@dataclass(frozen=True, slots=True)
class Both:
    """A text that was written in both languages."""

    en: str
    zh: str

    def __str__(self) -> str:
        return self.en


NOTHING = Said("", {})
"""Nothing to say, such as no hint."""


def say(template: str, **facts: object) -> Said:
    """The sentence of a template: `say("no case does `{action}`", action="pay")`."""
    return Said(template, facts)


def as_said(text: str | Said) -> Said:
    """The text as it was said; one that comes from elsewhere is told as it is."""
    return text if isinstance(text, Said) else Said("{text}", {"text": text})


def _shown(value: object) -> object:
    return ", ".join(str(item) for item in value) if isinstance(value, tuple) else value
