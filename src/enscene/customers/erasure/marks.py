"""By what a person is found in texts, and what is written there instead.

A reference is replaced by the opaque one wherever it stands as a word of its own. What else tells
who it was (a name, a telephone, a number of a card) becomes `GONE`: in rows about the person
wherever it stands, in the rows of others where it can be no chance (see `wide`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

GONE = "erased"
VALUE_LEAST = 2
"""A shorter value stands in every text by chance."""
WIDE_LEAST = 7
_PLAIN = re.compile(r"[a-z_.]*|-?[0-9]{1,10}(\.[0-9]*)?%?|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
"""Words of a scene, sums and days: they stay."""
_WORD = re.compile(r"[A-Za-z0-9._:-]+")
_LITERAL = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?')


@dataclass(frozen=True, slots=True)
class Marks:
    """`others` are references of other parties that hold this one in them (`school:ann`). `values`
    are texts of the person. `names` are, by scene, the fields of texts that may identify a person:
    in rows about the person they are emptied whatever stands in them."""

    ref: str
    opaque: str
    others: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    names: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def wide(self) -> list[str]:
        """Values that are nobody else's: long enough, with a digit, as of telephones, cards and
        identity documents. A name may be that of many."""
        return [v for v in self.own if len(v) >= WIDE_LEAST and any(c.isdigit() for c in v)]

    @property
    def own(self) -> list[str]:
        """Every value, the longest first."""
        found = (v for v in self.values if len(v) >= VALUE_LEAST and not _PLAIN.fullmatch(v))
        return sorted(found, key=lambda value: (-len(value), value))

    @property
    def is_word(self) -> bool:
        """Whether the reference may as well be a word of a scene (`card`, `price`): then it is
        replaced only where a reference stands."""
        return re.fullmatch(r"[A-Za-z_]+", self.ref) is not None

    def in_word(self, word: str) -> str:
        """A word of reference characters, with the reference in it replaced."""
        if word == self.ref:
            return self.opaque
        if word in self.others:
            return word
        head, _, tail = word.rpartition(":")
        if tail == self.ref and head:  # `customer:ann`, `consent:…:ann`
            return f"{head}:{self.opaque}"
        if self.is_word or self.ref not in word:
            return word
        parts = re.compile(rf"(?<![A-Za-z0-9]){re.escape(self.ref)}(?![A-Za-z0-9])")
        return parts.sub(self.opaque, word)

    def in_text(self, text: str, values: Iterable[str]) -> str:
        """A text of any kind: its reference and these values replaced."""
        if text == GONE:
            return text
        if self.ref in text and (not self.is_word or _tells_refs(text)):
            text = _WORD.sub(lambda found: self.in_word(found[0]), text)
        for value in values:
            if value in text:
                text = _whole(value).sub(GONE, text)
        return text

    def in_json(self, text: str, values: list[str], names: frozenset[str]) -> str:
        """JSON as text: only its strings change, and its keys where they hold a reference that is
        no word, or a value."""
        emptied = False

        def told(found: re.Match[str]) -> str:
            nonlocal emptied
            literal, colon = found[1], found[2]
            said = json.loads(literal)
            if colon is not None:
                emptied = said in names
                # A key that is the name of a field stays, whoever is called so.
                fresh = said if self.is_word and said == self.ref else self.in_text(said, values)
            elif emptied and said not in ("", self.ref, self.opaque):
                fresh = GONE
            else:
                fresh = self.in_text(said, values)
            again = literal if fresh == said else json.dumps(fresh, ensure_ascii=False)
            return again + (colon or "")

        return _LITERAL.sub(told, text)

    def in_any(self, text: str, values: list[str], names: frozenset[str]) -> str:
        """A column's text: JSON where it is that."""
        if text[:1] in ("{", "[", '"'):
            try:
                json.loads(text)
            except ValueError:
                pass
            else:
                return self.in_json(text, values, names)
        return self.in_text(text, values)


def needles(marks: Marks) -> list[str]:
    """Texts of which one stands in every row that has to change, also as JSON writes them."""
    found = {marks.ref, *marks.own}
    for escaped in (False, True):
        found |= {json.dumps(text, ensure_ascii=escaped)[1:-1] for text in (marks.ref, *marks.own)}
    return sorted(found)


def _tells_refs(text: str) -> bool:
    """Whether a text is a reference, names one behind a colon, or is the path of a request: no
    sentence, in which a word is only a word."""
    return " " not in text


def _whole(value: str) -> re.Pattern[str]:
    """The value, where it is no part of a longer word or number."""
    begin = r"(?<![A-Za-z0-9])" if value[0].isascii() and value[0].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if value[-1].isascii() and value[-1].isalnum() else ""
    return re.compile(begin + re.escape(value) + end)
