"""What checks and their verdicts are called, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec
import yaml

from enscene.partners.standard import FOLDER, Words


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a check failed, and the way out."""

    why: Words
    way_out: Words


class CheckWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a check is called, and what is done in it."""

    title: Words
    does: Words


class ConformanceWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`version` is told with a run: other checks are another version."""

    version: str
    checks: Mapping[str, CheckWords]
    reasons: Mapping[str, Reason]


@cache
def read_words() -> ConformanceWords:
    """The texts; a file that cannot be read is a mistake of ours."""
    text = (FOLDER / "conformance.yaml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), ConformanceWords)
