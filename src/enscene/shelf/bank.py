"""What holds for the whole shelf: the bank's policy, and what its words are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from enscene.kernel.documents import Map, Mistakes, read_yaml
from enscene.kernel.documents.shapes import Shape, conform
from enscene.kernel.money import Portion
from enscene.shelf._grammar import POLICY, WORDS

Words = Mapping[str, Mapping[str, str]]
"""Texts by language, by name."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`annual_cost_most` bounds what a loan may cost a year, all in; after `review_days` a choice
    of the shelf is looked at again."""

    annual_cost_most: Portion = field(default_factory=lambda: Portion(24, 100))
    review_days: int = 180


@dataclass(frozen=True, slots=True)
class BankWords:
    """What lines, needs and documents are called."""

    lines: Words = field(default_factory=dict)
    pains: Words = field(default_factory=dict)
    documents: Words = field(default_factory=dict)

    def called(self, what: str, name: str, language: str) -> str:
        """The word in a language; the name itself where there is none."""
        words: Words = getattr(self, what)
        return words.get(name, {}).get(language, name)


def read_policy(folder: Path, mistakes: Mistakes) -> Policy:
    """The bank's policy; the usual one where there is no file."""
    root = _read(folder / "policy.yaml", POLICY, mistakes)
    if root is None:
        return Policy()
    return Policy(Portion.parse(root.text("annual_cost_most")), int(root.text("review_days")))


def read_words(folder: Path, mistakes: Mistakes, documents: Words | None = None) -> BankWords:
    """The bank's words; `documents` are the titles of its documents."""
    root = _read(folder / "words.yaml", WORDS, mistakes)
    if root is None:
        return BankWords()
    return BankWords(_words(root.map("lines")), _words(root.map("pains")), documents or {})


def _words(node: Map) -> Words:
    return {
        name: {language: entry.text(language) for language in ("zh", "en")}
        for name, entry in node
        if isinstance(entry, Map)
    }


def _read(path: Path, shape: Shape, mistakes: Mistakes) -> Map | None:
    """The file in its long form; None when it is not there, or when something is wrong."""
    if not path.is_file():
        return None
    before = len(mistakes)
    root = read_yaml(f"bank/{path.name}", path.read_text(encoding="utf-8"), mistakes)
    node = None if root is None else conform(root, shape, mistakes)
    return node if isinstance(node, Map) and len(mistakes) == before else None
