"""JSON Schemas of what a pack declares."""

from __future__ import annotations

from typing import Any

from enscene.scenes.language.model import Action, Field, Pack, Thing, Type
from enscene.scenes.runtime._record import (
    INT_MOST,
    LIST_MOST,
    REF,
    TEXT_MOST,
    TIME_OF_DAY,
    money_pattern,
)

Schema = dict[str, Any]

_TEXTS: dict[str, Schema] = {
    "party": {"type": "string", "pattern": REF},
    "ref": {"type": "string", "pattern": REF},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "date-time"},
    "duration": {"type": "string", "pattern": "^(0|[1-9][0-9]{0,9})(s|m|h|d|w)$"},
    "portion": {
        "type": "string",
        "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?%$|^[0-9]{1,9}/[1-9][0-9]{0,8}$",
    },
    "time_of_day": {"type": "string", "pattern": TIME_OF_DAY},
}


def schema_of(of: Type, pack: Pack) -> Schema:
    """The schema of a type as JSON has it."""
    if of.name in _TEXTS:
        return dict(_TEXTS[of.name])
    if of.name == "money":
        return {
            "type": "string",
            "pattern": money_pattern(pack.currency),
            "x-currency": pack.currency,
        }
    if of.name == "choice":
        return {"type": "string", "enum": list(of.choices)}
    if of.name == "list":
        assert of.item is not None
        return {"type": "array", "items": schema_of(of.item, pack), "maxItems": LIST_MOST}
    if of.name == "record":
        properties = {name: schema_of(kind, pack) for name, kind in of.fields}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    if of.name == "int":
        return {"type": "integer", "minimum": -INT_MOST, "maximum": INT_MOST}
    if of.name == "bool":
        return {"type": "boolean"}
    return {"type": "string", "maxLength": TEXT_MOST}


def field_schema(field: Field, pack: Pack) -> Schema:
    """The schema of a field, with its bounds and its name in both languages."""
    schema = schema_of(field.type, pack)
    least, most = field.least, field.most
    bounds = {
        "text": ("minLength", "maxLength"),
        "list": ("minItems", "maxItems"),
        "int": ("minimum", "maximum"),
    }.get(field.type.name)
    if bounds is not None:
        schema |= {name: n for name, n in zip(bounds, (least, most), strict=True) if n is not None}
    elif field.type.name == "money":
        if least is not None:
            schema["x-minimum-minor"] = least
        if most is not None:
            schema["x-maximum-minor"] = most
    if field.level is not None:
        schema["x-data-level"] = field.level
    return schema | described(pack, f"fields.{field.name}")


def described(pack: Pack, key: str) -> Schema:
    """A text of the pack as a description, Chinese first."""
    zh, en = pack.texts["zh"].get(key), pack.texts["en"].get(key)
    if zh is None or en is None:
        return {}
    return {"description": f"{zh} · {en}", "x-text": {"zh": zh, "en": en}}


def input_schema(action: Action, pack: Pack) -> Schema:
    """The body of an action or a query."""
    required = [
        field.name
        for field in action.input.values()
        if not field.optional and not (field.type.name == "party" and field.type.role == field.name)
    ]
    schema: Schema = {
        "type": "object",
        "properties": {field.name: field_schema(field, pack) for field in action.input.values()},
        "additionalProperties": False,
    }
    return schema | ({"required": required} if required else {})


def answer_schema(action: Action, pack: Pack) -> Schema:
    """What an action or a query answers."""
    properties: Schema = {"at": {"type": "string", "format": "date-time"}}
    required = ["at"]
    if not action.query:
        properties["seq"] = {"type": "integer", "description": "事件序号 · number in the log"}
        required.append("seq")
        thing = action.creates.thing if action.creates else action.on.thing if action.on else None
        if thing is not None:
            properties[thing] = {"type": "string", "description": "业务对象的键 · its key"}
            properties["state"] = {"type": "string", "enum": list(pack.things[thing].states)}
            required += [thing, "state"]
        if action.flows:
            money = schema_of(Type("money"), pack)
            properties["moved"] = {
                "type": "object",
                "description": "各资金流动用的金额 · what each flow moved",
                "additionalProperties": money,
            }
    for name, expression in action.answer.items():
        properties[name] = _answer_type(expression.type, pack) | described(pack, f"fields.{name}")
    return {"type": "object", "properties": properties, "required": required}


def _answer_type(name: str, pack: Pack) -> Schema:
    plain: dict[str, Schema] = {
        "money": schema_of(Type("money"), pack),
        "int": {"type": "integer"},
        "bool": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "time": {"type": "string", "format": "date-time"},
        "text": {"type": "string"},
        "party": {"type": "string"},
        "portion": {"type": "string"},
        "duration": {"type": "string"},
    }
    return dict(plain.get(name, {}))


def thing_schema(thing: Thing, pack: Pack) -> Schema:
    """A thing as the API gives it."""
    fields = {
        field.name: field_schema(field, pack) for field in thing.fields.values() if not field.hidden
    }
    return {
        "type": "object",
        "properties": {
            "type": {"const": thing.name},
            "key": {"type": "string"},
            "state": {"type": "string", "enum": list(thing.states)},
            "version": {"type": "integer"},
            "born": {"type": "integer"},
            "seq": {"type": "integer"},
            "fields": {"type": "object", "properties": fields},
        },
        "required": ["type", "key", "state", "version", "born", "seq", "fields"],
    } | described(pack, f"things.{thing.name}.title")
