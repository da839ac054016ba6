"""The operations that an OpenAPI document promises, as somebody reads them who has only that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Any
METHODS = ("get", "put", "post", "delete", "patch")
_DEEP = 12


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request. `must` says what is expected: "refused" is a status of 400 to 499 with a
    problem that says why; "unbroken" is any answer but a fault of the server's own. `part` is what
    of the request is bad. `credential` is the document's name of what opens the operation, None
    where nothing is sent with it."""

    operation: str
    kind: str
    must: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    credential: str | None = None
    part: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """What may be asked for: the path with its parameters in braces, and schemas without
    references. `credential` is what has to be sent, by its name in the document; None is
    nothing. `scope` is what its token must have."""

    name: str
    method: str
    path: str
    credential: str | None
    parameters: tuple[Mapping[str, Json], ...]
    body: Mapping[str, Json] | None
    form: bool = False
    scope: str = ""

    def names(self, where: str) -> list[Mapping[str, Json]]:
        """The parameters of the path, the query or the headers."""
        return [each for each in self.parameters if each["in"] == where]

    @property
    def needs_key(self) -> bool:
        return any(p["name"] == "Idempotency-Key" for p in self.names("header"))

    def filled(self, **values: str) -> str:
        """The path with its parameters, each with an example unless another value is given."""

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name in values:
                return values[name]
            known = next((p for p in self.names("path") if p["name"] == name), {})
            return str(example(known.get("schema", {"type": "string"})))

        return re.sub(r"\{([^}]+)\}", fill, self.path)

    def renamed(self, path: str, **values: str) -> str:
        """An address of this operation with the values where examples of parameters stood; where
        something else stands, such as a bad name, it is left."""
        said, own = path.partition("?")[0].split("/"), self.path.split("/")
        example_of = self.filled().split("/")
        if len(said) == len(own):
            for n, name in enumerate(own):
                value = values.get(name.strip("{}")) if name.startswith("{") else None
                if value is not None and said[n] == example_of[n]:
                    said[n] = value
        return "/".join(said) + path[len(path.partition("?")[0]) :]


@dataclass(slots=True)
class _Document:
    root: Mapping[str, Json]
    seen: dict[str, Json] = field(default_factory=dict)

    def plain(self, node: Json, deep: int = 0) -> Json:
        """The node with its references followed, as far as is sensible."""
        if deep > _DEEP and isinstance(node, (Mapping, list)):
            return type(node)()
        if isinstance(node, Mapping):
            if "$ref" in node:
                found: Json = self.root
                for step in str(node["$ref"]).removeprefix("#/").split("/"):
                    found = found[step]
                return self.plain(found, deep + 1)
            return {name: self.plain(value, deep + 1) for name, value in node.items()}
        if isinstance(node, list):
            return [self.plain(each, deep + 1) for each in node]
        return node


def read_operations(document: Mapping[str, Json]) -> Iterator[Operation]:
    """Every operation of a document."""
    whole = _Document(document)
    for path, item in document["paths"].items():
        shared = whole.plain(item.get("parameters", []))
        for method in METHODS:
            if method not in item:
                continue
            said = whole.plain(item[method])
            content = said.get("requestBody", {}).get("content", {})
            kind = next(iter(content), "")
            yield Operation(
                name=said.get("operationId", f"{method} {path}"),
                method=method.upper(),
                path=path,
                credential=_credential(said.get("security", document.get("security"))),
                parameters=(*shared, *said.get("parameters", [])),
                body=content[kind].get("schema", {}) if kind else None,
                form=kind == "application/x-www-form-urlencoded",
                scope=str(said.get("x-scope", "")),
            )


def _credential(security: Sequence[Mapping[str, Json]] | None) -> str | None:
    return next((name for way in security or () for name in way), None)


def example(schema: Mapping[str, Json], deep: int = 0) -> Json:
    """A value that a schema allows, as far as a reader can tell."""
    for word in ("example", "const", "default"):
        if word in schema:
            return schema[word]
    if "enum" in schema:
        return next((each for each in schema["enum"] if each is not None), None)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return example(schema[word][0], deep)
    kind = schema.get("type", "string")
    kind = next((k for k in kind if k != "null"), "null") if isinstance(kind, list) else kind
    if kind == "object":
        required = schema.get("required", [])
        known = schema.get("properties", {})
        return {n: example(known[n], deep + 1) for n in required if n in known and deep < _DEEP}
    if kind == "array":
        return [example(schema.get("items", {}), deep + 1)] if schema.get("minItems") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return _text(schema)


def _text(schema: Mapping[str, Json]) -> str:
    pattern = str(schema.get("pattern", ""))
    form = schema.get("format")
    if form == "uuid":
        return "019a0000-0000-7000-8000-000000000000"
    if form == "date":
        return "2026-03-02"
    for text in ("12.30", "A1", "CNY", "a1", "2026-03-02", "1", "ann", "12:30"):
        if not pattern or re.search(pattern, text):
            return text
    return "a" * max(1, int(schema.get("minLength", 1)))
