"""The headers Signature-Input and Signature (RFC 9421), which are structured fields (RFC 9651)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import http_sf

LENGTH_MOST = 8_000
LABELS_MOST = 8
COMPONENTS_MOST = 32
_INPUT = re.compile(
    rb'([a-z][a-z0-9_]*)=(\((?:"[a-z0-9@_.-]+"(?: "[a-z0-9@_.-]+")*)?\)'
    rb'((?:;[a-z]+=(?:"[A-Za-z0-9 !#-:<-\[\]-~]*"|[1-9][0-9]{0,14}))+))'
)
_PARAMETER = re.compile(r';([a-z]+)=(?:"([^"]*)"|([0-9]+))')
_SIGNATURE = re.compile(rb"([a-z][a-z0-9_]*)=:([A-Za-z0-9+/]+={0,2}):")


class BadField(Exception):
    """A header is no structured field, or not the one that it has to be."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One signature as a message tells it; nothing is checked yet. `components` are the names of
    what it covers, `input` its canonical text, which is signed with them."""

    label: str
    components: tuple[str, ...]
    parameters: dict[str, Any]
    input: bytes
    signature: bytes

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number."""
        value = self.parameters.get(name)
        return value if type(value) is int else None

    def text(self, name: str) -> str | None:
        """A parameter that is a text."""
        value = self.parameters.get(name)
        return value if type(value) is str else None


def read_dictionary(value: bytes) -> dict[str, Any]:
    """The members, each with its parameters; a key stands once. Raises: BadField."""

    def refuse(_: str, where: str) -> None:
        if where == "dictionary":
            raise BadField("a member stands twice")

    if len(value) > LENGTH_MOST:
        raise BadField("it is too long")
    try:
        told = http_sf.parse(value, tltype="dictionary", on_duplicate_key=refuse)
    except (http_sf.StructuredFieldError, ValueError, OverflowError) as error:
        raise BadField("it is no structured field") from error
    assert isinstance(told, dict), "a dictionary was asked for"
    return told


def read_claimed(inputs: bytes, signatures: bytes, tag: str) -> list[Claimed]:
    """The signatures with that tag: others are somebody else's. Raises: BadField."""
    quick = _read_quickly(inputs, signatures)
    if quick is not None:
        return [quick] if quick.parameters.get("tag") == tag else []
    told, signed = read_dictionary(inputs), read_dictionary(signatures)
    if len(told) > LABELS_MOST:
        raise BadField("there are too many signatures")
    found = []
    for label, (items, parameters) in told.items():
        if not isinstance(items, list):
            raise BadField("a member of Signature-Input is a list of components")
        if parameters.get("tag") != tag:
            continue
        signature = signed.get(label, (None,))[0]
        if not isinstance(signature, bytes):
            raise BadField("Signature has no bytes under the label of Signature-Input")
        given = http_sf.ser({label: (items, parameters)})[len(label) + 1 :].encode()
        found.append(Claimed(label, _names(items), parameters, given, signature))
    return found


def _read_quickly(inputs: bytes, signatures: bytes) -> Claimed | None:
    """What the library reads too, where a message has one signature in the ordinary form, which is
    also the canonical one; None: it has another. A tenth of the time, for each request."""
    told, signed = _INPUT.fullmatch(inputs), _SIGNATURE.fullmatch(signatures)
    if told is None or signed is None or told[1] != signed[1] or len(inputs) > LENGTH_MOST:
        return None
    parameters = {
        name: int(number) if number else text
        for name, text, number in _PARAMETER.findall(told[3].decode())
    }
    if len(parameters) != told[3].count(b";") or len(signed[2]) % 4:
        return None
    names = _known_names(told[2][: -len(told[3])])
    signature = base64.b64decode(signed[2])
    return Claimed(told[1].decode(), names, parameters, told[2], signature)


@lru_cache(maxsize=1_000)
def _known_names(items: bytes) -> tuple[str, ...]:
    """The names in a list of components: a client's is the same in each of its requests."""
    return _names(read_dictionary(b"items=" + items)["items"][0])


def _names(items: list[Any]) -> tuple[str, ...]:
    """The names of the components. Raises: BadField for one with parameters: none of those that a
    request may have is served, since each is a way to cover less than the name says."""
    names = []
    for name, parameters in items:
        if type(name) is not str or parameters or name in names or name != name.lower():
            raise BadField("a component is a small name without parameters, and stands once")
        names.append(name)
    if len(names) > COMPONENTS_MOST:
        raise BadField("there are too many components")
    return tuple(names)
