"""Kinds of factor that a customer is made sure of by: what they know, have and are.

Names of methods are those of RFC 8176 (`amr`).
"""

from __future__ import annotations

from collections.abc import Iterable

KNOWS = frozenset({"kba", "pin", "pwd"})
HAS = frozenset({"hwk", "otp", "sc", "sms", "swk", "tel"})
IS = frozenset({"face", "fpt", "iris", "retina", "vbm"})
METHODS = KNOWS | HAS | IS


def count_kinds(methods: Iterable[str]) -> int:
    """How many kinds of factor these methods are."""
    shown = set(methods)
    return sum(1 for each in (KNOWS, HAS, IS) if shown & each)
