"""The text of a document: a title and numbered clauses in both languages, with blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import msgspec

BLANKS = (
    "customer", "product", "scene", "order", "amount", "months", "rate", "annual_cost",
    "instalment", "fee", "early_fee", "penalty", "grace_days", "premium", "spread", "risk_level",
    "month_price", "call_price",
    "withdrawal",
)  # fmt: skip
"""What a clause may leave open: names, sums with their currency, rates and shares, spans with their
unit. One that does not apply to a product takes its clause away."""

BLANK = re.compile(r"\{([^{}]*)\}")
_encode = msgspec.json.Encoder(order="deterministic").encode
DIGITS = 12


@dataclass(frozen=True)
class Document:
    """`titles` by language; `clauses` in their order, each by language."""

    name: str
    titles: Mapping[str, str]
    clauses: tuple[Mapping[str, str], ...]

    @cached_property
    def version(self) -> str:
        """A short digest of all that it says: another text has another."""
        told = (self.name, dict(self.titles), [dict(clause) for clause in self.clauses])
        return sha256(_encode(told)).hexdigest()[:DIGITS]


def blanks_of(text: str) -> list[str] | None:
    """The blanks of a clause in their order; None when a brace stands alone."""
    rest = BLANK.sub("", text)
    return None if "{" in rest or "}" in rest else BLANK.findall(text)
