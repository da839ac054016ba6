"""How what the public says is judged, as data: a lexicon, and what makes a day an incident."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

import msgspec
import yaml

from enscene.partners.standard import FOLDER

Sentiment = Literal["bad", "neutral", "good"]
SENTIMENTS: tuple[Sentiment, ...] = ("bad", "neutral", "good")


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """See the file. `threshold` is in percent for bad_share, in items for bad_count."""

    id: str
    measure: Literal["bad_share", "bad_count"]
    least: int
    threshold: int
    severity: Literal["low", "middle", "high"]
    zh: str
    en: str


class Lexicon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, as of a version."""

    version: str
    no: tuple[str, ...] = msgspec.field(name="not")
    bad: tuple[str, ...]
    good: tuple[str, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a day breaks: `measured` against its threshold."""

    rule: Rule
    measured: int
    bad: int
    items: int


@cache
def read_lexicon() -> Lexicon:
    """What stands in the file; one that cannot be read is a mistake of ours."""
    text = (FOLDER / "opinion.yaml").read_text(encoding="utf-8")
    told = msgspec.convert(yaml.safe_load(text), Lexicon)
    assert not set(told.bad) & set(told.good)
    return told


def judge_text(text: str) -> Sentiment:
    """What an item is, by its words alone."""
    bad, good, turned = _patterns()
    score = 0
    for pattern, worth in ((bad, -1), (good, 1)):
        for match in pattern.finditer(text):
            before = text[: match.start()].rstrip()
            score += -worth if turned.search(before) else worth
    return "bad" if score < 0 else "good" if score > 0 else "neutral"


def judge_day(bad: int, items: int) -> list[Finding]:
    """The rules that a day with so many items breaks."""
    found = []
    for rule in read_lexicon().rules:
        measured = bad if rule.measure == "bad_count" else 100 * bad // max(1, items)
        if items >= rule.least and measured >= rule.threshold:
            found.append(Finding(rule, measured, bad, items))
    return found


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lexicon = read_lexicon()
    turned = "|".join(_word(word) for word in lexicon.no)
    return _any(lexicon.bad), _any(lexicon.good), re.compile(f"(?:{turned})$", re.IGNORECASE)


def _any(words: tuple[str, ...]) -> re.Pattern[str]:
    longest = sorted(words, key=len, reverse=True)
    return re.compile("|".join(_word(word) for word in longest), re.IGNORECASE)


def _word(word: str) -> str:
    return rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word)
