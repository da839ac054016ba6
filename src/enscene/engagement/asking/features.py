"""What counts in a phrase, in Chinese, in English and in both at once.

A Chinese phrase counts by its characters and by pairs and triples of them, an English one by its
words without endings, pairs of words, and triples of letters (so that a slip of the finger does
not hide a word). A word counts for its meaning too (meanings.yaml), whichever its language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

import yaml
from opencc import OpenCC

LONGEST = 200
"""Characters of a phrase that are looked at."""
_DIGITS = re.compile(r"\d+")
_PIECES = re.compile(r"[㐀-鿿]+|[a-z]+(?:'[a-z]+)?|0")
_LATIN = re.compile(r"[a-z]+(?:'[a-z]+)?")
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ied", "ers", "er", "ed",
            "es", "ly", "s", "e")  # fmt: skip
_IDLE = frozenset(["a", "an", "the", "i", "my", "me", "to", "of", "for", "is", "am", "are", "it", "this", "that", "please", "can", "could", "would", "you", "do", "how", "in", "on", "at", "and", "be", "with", "want", "like", "need", "id", "i'd", "i'm", "im", "what's"])  # fmt: skip
_FILLERS = re.compile("请问|麻烦|您好|你好|谢谢|一下|帮我|帮忙|我想|我要|我的|想要|怎么|如何|可以|能不能|能否"
                      "|是不是|有没有|[的了吗呢啊吧呀嘛哦我你您请]")  # fmt: skip
_SHARE = {"word": 1.0, "pair": 0.8, "triple": 0.5, "letters": 0.25, "meaning": 1.2, "both": 1.4}


def normal(text: str) -> str:
    """One form for all ways to write the same: width, case, numbers, traditional characters."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("’", "'")
    return _DIGITS.sub("0", str(_simplified().convert(text)))


def features_of(text: str) -> Mapping[str, float]:
    """The features of a phrase with their weights, before how rare they are counts."""
    plain = normal(text)
    found: dict[str, float] = {}

    def count(kind: str, name: str) -> None:
        key = f"{kind}:{name}"
        found[key] = _SHARE[kind]

    meant = sorted(_meant(plain))
    for at, meaning in enumerate(meant):
        count("meaning", meaning)
        for other in meant[at + 1 :]:
            count("both", f"{meaning} {other}")
    words = []
    for piece in _PIECES.findall(plain):
        if piece[0] >= "㐀":
            for kind, name in _chinese(piece):
                count(kind, name)
        elif piece not in _IDLE:
            words.append(stem(piece))
    for word in words:
        count("word", word)
        for at in range(len(word) - 2):
            count("letters", word[at : at + 3])
    for one, other in pairwise(words):
        count("pair", f"{one} {other}")
    return found


def stem(word: str) -> str:
    """The word without its ending, so far as three letters stay."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word


def _chinese(piece: str) -> Iterator[tuple[str, str]]:
    for part in _FILLERS.sub(" ", piece).split():
        for size, kind in ((1, "word"), (2, "pair"), (3, "triple")):
            for at in range(len(part) - size + 1):
                yield kind, part[at : at + size]


def first_of(text: str) -> str | None:
    """Why no service is tried: what somebody says who wants, or needs, a person. English words count
    as they stand here: `news` is not what is new."""
    plain = normal(text)
    spaced = f" {' '.join(_LATIN.findall(plain))} "
    for meaning, words in _meanings().first.items():
        if words.chinese.search(plain) or any(phrase in spaced for phrase in words.exact):
            return meaning
    return None


def _meant(plain: str) -> set[str]:
    """What is meant by single words, and the directions in which that points."""
    known = _meanings()
    meant = set(_found(plain, known.all))
    return meant | {way for way, names in known.directions.items() if meant & names}


def _found(plain: str, known: Mapping[str, _Words]) -> Iterator[str]:
    spaced = f" {' '.join(stem(word) for word in _LATIN.findall(plain))} "
    for meaning, words in known.items():
        if words.chinese.search(plain) or any(phrase in spaced for phrase in words.english):
            yield meaning


@dataclass(frozen=True, slots=True)
class _Words:
    """`english` are without endings, `exact` as they are written."""

    chinese: re.Pattern[str]
    english: tuple[str, ...]
    exact: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Meanings:
    """`first` are those for which a person is there first; `all` are those too."""

    all: Mapping[str, _Words]
    first: Mapping[str, _Words]
    directions: Mapping[str, frozenset[str]]


@cache
def _meanings() -> _Meanings:
    told = yaml.safe_load((files(__package__) / "meanings.yaml").read_text("utf-8"))
    groups = {
        group: {meaning: _words_of(words) for meaning, words in told[group].items()}
        for group in ("services", "person_first", "counts_too")
    }
    directions = {way: frozenset(names) for way, names in told["directions"].items()}
    every = groups["services"] | groups["person_first"] | groups["counts_too"]
    return _Meanings(every, groups["person_first"], directions)


def _words_of(words: Mapping[str, list[str]]) -> _Words:
    written = [_LATIN.findall(phrase) for phrase in words["en"]]
    english = (" ".join(map(stem, phrase)) for phrase in written)
    exact = tuple(f" {' '.join(phrase)} " for phrase in written)
    chinese = "|".join(map(re.escape, words["zh"]))
    return _Words(re.compile(chinese), tuple(f" {phrase} " for phrase in english), exact)


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")
