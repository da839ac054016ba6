"""Whether a JSON value is a CloudEvent of a type that is known, with the fields that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from enscene.engagement.outside.types import (
    TYPES,
    Choice,
    Field,
    Kind,
    OfferId,
    OutsideType,
    Whole,
)
from enscene.kernel.errors import Refused

DATA_TYPE = "application/json"
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_REF = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_ID = re.compile(r"[!-~]{1,128}")
_SOURCE = re.compile(r"[A-Za-z0-9/][!-~]{0,199}")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
OWN_SOURCE = "enscene:"
"""Sources that begin like this are the program's own: nobody sends under their name."""
_NEEDED = ("specversion", "id", "source", "type", "time", "subject", "data")
_ATTRIBUTES = (*_NEEDED, "datacontenttype", "dataschema", "scene")


@dataclass(frozen=True, slots=True)
class OutsideEvent:
    """`at` is when it happened, by the sender's clock. `subject` and `scene` are references; "" where
    no scene is named."""

    type: OutsideType
    source: str
    id: str
    at: datetime
    subject: str
    scene: str
    data: Mapping[str, Any]


def schema_of(type_: OutsideType) -> str:
    """What `dataschema` says of events of this version."""
    return f"/v1/events/types/{type_.name}/{type_.version}"


def check_event(value: Any, at: str = "", *, own: bool = False) -> OutsideEvent:
    """The event. `at` is its place in a batch (`events[3]`); `own` lets it be the program's.

    Raises: Refused with `param`.
    """
    if not isinstance(value, dict):
        raise wrong("event.form", at or "event", "an event is a JSON object")
    for name in value:
        if name not in _ATTRIBUTES:
            raise wrong("event.unknown_field", _in(at, str(name)[:64]), "there is no such attribute",
                        _near(str(name), _ATTRIBUTES))  # fmt: skip
    for name in _NEEDED:
        if name not in value:
            raise wrong("event.missing_field", _in(at, name), f"{name} is missing")
    if value["specversion"] != "1.0":
        raise wrong("event.form", _in(at, "specversion"), "CloudEvents of version 1.0 are read")
    type_ = _type(value["type"], at)
    if value.get("datacontenttype", DATA_TYPE) != DATA_TYPE:
        raise wrong("event.form", _in(at, "datacontenttype"), f"data are {DATA_TYPE}")
    if value.get("dataschema", schema_of(type_)) != schema_of(type_):
        raise wrong(
            "event.version", _in(at, "dataschema"), f"data of {type_.name} are {schema_of(type_)}"
        )
    source = _text(value, "source", _SOURCE, at)
    if not own and source.lower().startswith(OWN_SOURCE):
        raise wrong("event.source", _in(at, "source"), "this source is the program's own")
    scene = _text(value, "scene", _REF, at) if "scene" in value else ""
    if not scene and type_.consent is not None:
        raise wrong("event.missing_field", _in(at, "scene"),
                    "without a scene nobody knows what the customer allows there")  # fmt: skip
    return OutsideEvent(
        type_, source, _text(value, "id", _ID, at), _time(value["time"], at),
        _text(value, "subject", _REF, at), scene, _data(type_, value["data"], _in(at, "data")),
    )  # fmt: skip


def wrong(code: str, param: str, detail: str, hint: str = "") -> Refused:
    """An event that is not taken, with the place where it is wrong."""
    return Refused(detail, code=code, param=param, hint=hint)


def _in(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _near(name: str, known: tuple[str, ...] | list[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else ""


def _type(name: Any, at: str) -> OutsideType:
    found = TYPES.get(name) if isinstance(name, str) else None
    if found is None:
        raise wrong("event.unknown_type", _in(at, "type"), "there is no such type of event",
                    _near(name, list(TYPES)) if isinstance(name, str) else "")  # fmt: skip
    return found


def _text(value: Mapping[str, Any], name: str, form: re.Pattern[str], at: str) -> str:
    text = value[name]
    if not isinstance(text, str) or not form.fullmatch(text):
        raise wrong("event.form", _in(at, name), f"{name} has not the form it must have")
    return text


def _time(text: Any, at: str) -> datetime:
    try:
        if isinstance(text, str) and _TIME.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise wrong("event.form", _in(at, "time"), "time is one with its zone, as 2026-01-31T08:00:00Z")


def _data(type_: OutsideType, data: Any, at: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise wrong("event.form", at, "data are a JSON object")
    for name in data:
        if name not in type_.fields:
            raise wrong("event.unknown_field", _in(at, str(name)[:64]), "there is no such field",
                        _near(str(name), list(type_.fields)))  # fmt: skip
    for name, field in type_.fields.items():
        if name not in data:
            if not field.optional:
                raise wrong("event.missing_field", _in(at, name), f"{name} is missing")
        elif (why := _fault(field, data[name])) is not None:
            raise wrong("event.value", _in(at, name), why)
    return {name: data[name] for name in type_.fields if name in data}


def _fault(field: Field, value: Any) -> str | None:
    kind: Kind = field.kind
    if isinstance(kind, Whole):
        if type(value) is not int or not kind.least <= value <= kind.most:
            return f"a whole number from {kind.least} to {kind.most}"
    elif not isinstance(value, str):
        return "a text"
    elif isinstance(kind, Choice):
        if value not in kind.of:
            return f"one of {', '.join(kind.of)}"
    elif isinstance(kind, OfferId):
        try:
            UUID(value)
        except ValueError:
            return "the id of an offer"
    elif not _WORD.fullmatch(value):
        return "a name of at most 64 letters, digits and ._:/-"
    return None
