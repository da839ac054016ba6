"""Identifiers: time-ordered UUIDs inside, prefixed text outside, references chosen by callers."""

from __future__ import annotations

import re
from uuid import UUID

from uuid_utils.compat import uuid7

from enscene.kernel.errors import Invalid

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, in lower case
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_LENGTH = 26
_PREFIX = re.compile(r"[a-z][a-z0-9]{0,15}")
_PUBLIC_ID = re.compile(rf"([a-z][a-z0-9]{{0,15}})_([0-7][{_ALPHABET}]{{{_LENGTH - 1}}})")
_REF = re.compile(r"[A-Za-z0-9._:-]{1,64}")
REHEARSALS_FROM = 1_000_000
"""Rehearsals have tenants of their own, with ids from here on; they are thrown away, and what counts
or keeps looks at those below."""


def new_uuid() -> UUID:
    """A fresh UUID version 7: later ones sort after those of earlier milliseconds."""
    value: UUID = uuid7()
    return value


def public_id(prefix: str, value: UUID | None = None) -> str:
    """Text id such as `evt_01k8...`: the prefix and 26 characters; sorts as its UUID does."""
    assert _PREFIX.fullmatch(prefix), prefix
    number = (value or new_uuid()).int
    characters = [_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(characters)}"


def is_public_id(text: object, prefix: str | None = None) -> bool:
    """Whether the text is a public id (of that prefix, if one is given)."""
    match = _PUBLIC_ID.fullmatch(text) if isinstance(text, str) else None
    return match is not None and prefix in (None, match[1])


def uuid_of(text: str) -> UUID:
    """The UUID inside a public id; anything else is `Invalid("id.malformed")`."""
    match = _PUBLIC_ID.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Invalid(f"{str(text)[:40]!r} is not an id.", code="id.malformed")
    number = 0
    for character in match[2]:
        number = number << 5 | _VALUES[character]
    return UUID(int=number)


def find_uuid(text: str, prefix: str) -> UUID | None:
    """The UUID inside a public id of that prefix; None for anything else."""
    if not is_public_id(text, prefix):
        return None
    try:
        return uuid_of(text)
    except Invalid:  # the form fits and the number is too large
        return None


def check_ref(text: object, *, param: str = "ref") -> str:
    """A reference chosen by the caller: 1-64 of letters, digits and `._:-`; returned as it is."""
    if isinstance(text, str) and _REF.fullmatch(text):
        return text
    raise Invalid(
        "A reference is 1 to 64 letters, digits or any of . _ : -",
        code="ref.malformed",
        param=param,
    )
