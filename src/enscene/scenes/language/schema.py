"""The JSON Schema of packs, made from the tables that the parser uses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from enscene.kernel.documents.shapes import (
    MAX_TEXT,
    PATTERNS,
    Choice,
    Free,
    Key,
    Many,
    Named,
    OneOf,
    OrOption,
    Record,
    Shape,
    Word,
)
from enscene.scenes.language._grammar_beside import ASKING, CASES, PEOPLE, QUALITY, VARIANT
from enscene.scenes.language._grammar_scene import SCENE

FILES = {"cases": CASES, "people": PEOPLE, "quality": QUALITY, "variant": VARIANT}
Schema = dict[str, Any]

_ANY: Schema = {"type": ["string", "number", "boolean"]}
_OPTION: Schema = {
    "type": "object",
    "properties": {"option": {"type": "string"}},
    "required": ["option"],
    "additionalProperties": False,
}
_WORDS: dict[str, Schema] = {
    "int": {"type": "integer"},
    "bool": {"enum": [True, False, "on", "off"]},
    "portion": {"type": "string", "pattern": r"^(\d+(\.\d+)?%|\d+/\d+)$"},
    "duration": {"type": "string", "pattern": r"^\d+[smhdw]$"},
    "day": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    "any": _ANY,
}


def pack_schema() -> Schema:
    """The schema of scene.yaml, with those of the other files under `$defs`."""
    maker = _Maker()
    root = maker.record(SCENE)
    for name, shape in FILES.items():
        maker.definitions[name] = maker.record(shape)
    maker.definitions["asking"] = maker.of(ASKING)
    maker.definitions["texts"] = {
        "description": "Texts by key, which may be nested. 文字，键可嵌套。",
        "type": "object",
        "additionalProperties": {"anyOf": [_ANY, {"$ref": "#/$defs/texts"}]},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Enscene pack: scene.yaml",
        **root,
        "$defs": dict(sorted(maker.definitions.items())),
    }


class _Maker:
    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}

    def of(self, shape: Shape) -> Schema:
        match shape:
            case Word():
                return word(shape.kind)
            case Choice():
                return {"enum": list(shape.values)}
            case Many():
                item = self.of(shape.item)
                return {"anyOf": [{"type": "array", "items": item}, item]}
            case Named():
                return self.named(shape)
            case Record():
                return self.reference(shape.title, shape)
            case OneOf():
                return self.reference(shape.title, shape)
            case OrOption():
                return {"anyOf": [_ANY, _OPTION]}
            case Free():
                return {}
        raise AssertionError(shape)

    def named(self, shape: Named) -> Schema:
        pattern = PATTERNS[shape.key][0].pattern
        schema: Schema = {
            "type": ["object", "null"],
            "propertyNames": {"pattern": f"^{pattern}$"},
            "additionalProperties": self.of(shape.value),
        }
        if shape.most is not None:
            schema |= {"minProperties": shape.least, "maxProperties": shape.most}
        return schema

    def reference(self, title: str, shape: Record | OneOf) -> Schema:
        name = title.replace(" ", "_")
        if name not in self.definitions:
            self.definitions[name] = {}  # reserved: a shape may hold itself
            made = self.record(shape) if isinstance(shape, Record) else self.one_of(shape)
            self.definitions[name] = made
        return {"$ref": f"#/$defs/{name}"}

    def record(self, shape: Record) -> Schema:
        long: Schema = {
            "type": "object",
            "properties": self.properties(shape.keys),
            "additionalProperties": False,
        }
        required = [key.name for key in shape.keys if key.required]
        if required:
            long["required"] = required
        short: list[Schema] = []
        keys = {key.name: key for key in shape.keys}
        if isinstance(shape.short, str):
            short.append(self.of(keys[shape.short].shape))
        elif shape.short is not None:
            short.append({"type": "string", "pattern": r"^[a-z0-9_]+\.[a-z0-9_]+$"})
        if shape.short_list is not None:
            short.append({"type": "array", "items": self.items(keys[shape.short_list])})
        if not required:
            short.append({"type": "null"})
        return {"anyOf": [long, *short]} if short else long

    def items(self, key: Key) -> Schema:
        assert isinstance(key.shape, Many)
        return self.of(key.shape.item)

    def one_of(self, shape: OneOf) -> Schema:
        """One of the options as key; those that need no argument may stand alone as a text."""
        shared = self.properties(shape.keys)
        choices: list[Schema] = [
            {
                "type": "object",
                "properties": {name: self.of(option), **shared},
                "required": [name],
                "additionalProperties": False,
            }
            for name, option in shape.options.items()
        ]
        alone = [name for name, item in shape.options.items() if item == Word("any")]
        return {"anyOf": [*choices, {"enum": alone}] if alone else choices}

    def properties(self, keys: Iterable[Key]) -> Schema:
        return {
            key.name: {"description": f"{key.en}. {key.zh}。", **self.of(key.shape)} for key in keys
        }


def word(kind: str) -> Schema:
    """The schema of a scalar."""
    if kind in _WORDS:
        return dict(_WORDS[kind])
    if kind in PATTERNS:
        return {"type": "string", "pattern": f"^{PATTERNS[kind][0].pattern}$"}
    return {"type": ["string", "number", "boolean"], "maxLength": MAX_TEXT}
