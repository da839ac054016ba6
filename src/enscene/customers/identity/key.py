"""Numbers by which people and firms are told apart, checked before they are believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from enscene.kernel.errors import Invalid
from enscene.storage.seal import Seal

KeyKind: TypeAlias = Literal["ric", "uscc", "bank_number", "phone"]
KINDS: tuple[KeyKind, ...] = ("ric", "uscc", "bank_number", "phone")
"""Identity card, code of a firm, the bank's own number of its customer, mobile phone; the first is
believed most."""
ONE_EACH: frozenset[KeyKind] = frozenset({"ric", "uscc", "bank_number"})
"""Nobody has two of these: two that differ are two customers, whatever else they share."""
_BANK_NUMBER = re.compile(r"[0-9A-Z]{6,32}")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
TAIL = 4


@dataclass(frozen=True, slots=True)
class Key:
    """A number that was checked: its keyed digest, and its last digits to tell it by."""

    kind: KeyKind
    digest: bytes
    tail: str


def read_key(seal: Seal, kind: KeyKind, text: str, *, param: str = "key") -> Key:
    """Spaces and hyphens do not matter, nor does +86. Raises: Invalid with `param`."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if kind == "phone":
        plain = plain.removeprefix("+86").removeprefix("0086")
    if not _is_one(kind, plain):
        raise Invalid(f"this is no {kind}", code=f"identity.{kind}", param=param)
    return Key(kind, seal.digest(f"identity:{kind}", plain), plain[-TAIL:])


def _is_one(kind: KeyKind, plain: str) -> bool:
    if kind == "phone":
        return _PHONE.fullmatch(plain) is not None
    if kind == "bank_number":
        return _BANK_NUMBER.fullmatch(plain) is not None
    try:
        (ric if kind == "ric" else uscc).validate(plain)
    except ValidationError:
        return False
    return True
