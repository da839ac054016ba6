"""Forms of actions for customers: their fields, and the input that a sent form makes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from enscene.scenes.language import Pack
from enscene.scenes.language.model import Action, Field


@dataclass(frozen=True, slots=True)
class FormField:
    """A field: `kind` is hidden, text, money, int, date, bool, choice or many; `choices` are
    (value, text)."""

    name: str
    title: str
    kind: str
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class ActionForm:
    """A form of an action; `key` makes a second press of its button the same request."""

    action: str
    title: str
    fields: Sequence[FormField]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def make_form(
    pack: Pack,
    action: Action,
    role: str,
    language: str,
    today: date,
    parties: Mapping[str, Sequence[tuple[str, str]]],
    things: Mapping[str, Sequence[tuple[str, str]]],
) -> ActionForm:
    """The form of an action for a person of `role`; parties and things to choose from by role
    and type, as (reference, text). Fields that only the person itself can be are left out."""
    texts = pack.texts[language]
    created = action.creates and pack.things[action.creates.thing].key
    fields = []
    for item in action.input.values():
        title = texts.get(f"fields.{item.name}", item.name)
        if item.type.name == "party" and (item.type.role or item.name) == role:
            continue
        if item.name == created and item.type.name == "text":
            key = f"H5-{secrets.token_hex(5)}"
            fields.append(FormField(item.name, title, "hidden", key))
            continue
        kind, choices = _kind(item, texts, parties, things)
        if kind in ("choice", "many") and not choices and item.optional:
            continue
        value = today.isoformat() if kind == "date" else ""
        fields.append(FormField(item.name, title, kind, value, choices, item.optional))
    return ActionForm(action.name, texts.get(f"actions.{action.name}", action.name), fields)


def _kind(
    item: Field,
    texts: Mapping[str, str],
    parties: Mapping[str, Sequence[tuple[str, str]]],
    things: Mapping[str, Sequence[tuple[str, str]]],
) -> tuple[str, Sequence[tuple[str, str]]]:
    of = item.type
    if of.name == "choice":
        return "choice", [(name, texts.get(f"choices.{name}", name)) for name in of.choices]
    if of.name == "party":
        return "choice", parties.get(of.role or item.name, ())
    if of.name == "ref":
        return "choice", things.get(of.thing or "", ())
    if of.name == "list" and of.item is not None:
        return "many", things.get(of.item.thing or "", ())
    return of.name if of.name in ("money", "int", "date", "bool") else "text", ()


def read_input(action: Action, form: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The action's input from a form's fields; wrong values are for the runtime to refuse."""
    given: dict[str, list[str]] = {}
    for name, value in form:
        given.setdefault(name, []).append(value.strip())
    made: dict[str, Any] = {}
    for item in action.input.values():
        values = [value for value in given.get(item.name, []) if value]
        if item.type.name == "list":
            if values or not item.optional:
                made[item.name] = values
        elif values:
            made[item.name] = _value(item, values[0])
    return made


def _value(item: Field, text: str) -> Any:
    if item.type.name == "int":
        return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else text
    if item.type.name == "bool":
        return text == "true"
    return text
