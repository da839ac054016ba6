"""YAML as a tree that remembers where everything is written.

Read from the parser's events, so that what packs may not hold (aliases, anchors, tags, second
documents, deep nesting, too much of anything) is refused at the first sight of it. A scalar is
its text: what it means is decided by what the grammar expects at its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn

import yaml

from enscene.kernel.documents._yaml_problems import explain
from enscene.kernel.documents.mistakes import Mistakes
from enscene.kernel.documents.written import Position
from enscene.kernel.said import NOTHING, Said, say

MAX_BYTES = 256 * 1024
MAX_NODES = 20_000
MAX_DEPTH = 12

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class Node:
    """A place in a file; `path` is `actions.pay_meal.do[1]`."""

    at: Position
    path: str


@dataclass(slots=True)
class Scalar(Node):
    """A text; `quoted` when it was written with quotes or as a block."""

    text: str
    quoted: bool = False


@dataclass(slots=True)
class Seq(Node):
    """A list."""

    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Map(Node):
    """A mapping; `keys` says where each key is written."""

    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return self.entries.get(key)

    def text(self, key: str, default: str = "") -> str:
        """The text of a scalar value, or the default when there is none."""
        node = self.entries.get(key)
        return node.text if isinstance(node, Scalar) else default

    def map(self, key: str) -> Map:
        """The mapping under a key; an empty one when there is none."""
        node = self.entries.get(key)
        return node if isinstance(node, Map) else Map(self.at, join(self.path, key))

    def seq(self, key: str) -> list[Node]:
        """The items of the list under a key; a single value counts as a list of one."""
        node = self.entries.get(key)
        if node is None:
            return []
        return node.items if isinstance(node, Seq) else [node]

    def where(self, key: str) -> Position:
        """Where a key's value is written; without it, where the mapping is."""
        node = self.entries.get(key)
        return node.at if node is not None else self.at

    def __iter__(self) -> Iterator[tuple[str, Node]]:
        return iter(self.entries.items())


def join(path: str, key: str) -> str:
    """The path of a key below a path."""
    return f"{path}.{key}" if path else key


class _Stop(Exception):
    """The file is refused as a whole."""


def read_yaml(file: str, text: str, mistakes: Mistakes) -> Map | None:
    """The tree of a file, or None when it cannot be read (then a mistake says why)."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        start = Position(file, 1, 1)
        mistakes.add(
            start,
            "file_too_large",
            say("the file has more than {max_bytes} KiB", max_bytes=MAX_BYTES // 1024),
        )
        return None
    reader = _Reader(file, mistakes)
    try:
        return reader.read(text)
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = (error.problem or error.context or "it cannot be read").strip()
        _not_yaml(Position(file, line, column), problem, mistakes)
        return None
    except (yaml.YAMLError, ValueError) as error:
        _not_yaml(Position(file, 1, 1), str(error).splitlines()[0], mistakes)
        return None


def _not_yaml(at: Position, problem: str, mistakes: Mistakes) -> None:
    told, hint = explain(problem)
    mistakes.add(at, "not_yaml", say("this is not YAML: {problem}", problem=told), hint)


class _Reader:
    def __init__(self, file: str, mistakes: Mistakes) -> None:
        self.file = file
        self.mistakes = mistakes
        self.nodes = 0

    def read(self, text: str) -> Map | None:
        events = iter(yaml.parse(text, Loader=_LOADER))
        root: Node | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self.stop(event, "second_document", say("a file holds one document"))
                root = self.node(next(events), events, "", 1)
        if root is None or (isinstance(root, Scalar) and not root.text):
            return Map(Position(self.file, 1, 1), "")
        if not isinstance(root, Map):
            self.mistakes.add(
                root.at, "not_a_mapping", say("a file is a mapping of keys to values")
            )
            return None
        return root

    def node(self, event: yaml.Event, events: Iterator[yaml.Event], path: str, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.stop(
                event,
                "too_many_nodes",
                say("the file has more than {max_nodes} values", max_nodes=MAX_NODES),
            )
        if depth > MAX_DEPTH:
            self.stop(
                event,
                "too_deep",
                say("values are nested more than {max_depth} deep", max_depth=MAX_DEPTH),
            )
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self.stop(
                event, "alias", say("packs have no anchors and aliases"), say("write the value out")
            )
        if getattr(event, "tag", None):
            self.stop(event, "tag", say("packs have no tags"), say("leave the ! out"))
        at = self.position(event)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(at, path, event.value, event.style not in (None, ""))
        if isinstance(event, yaml.SequenceStartEvent):
            seq = Seq(at, path)
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                seq.items.append(self.node(event, events, f"{path}[{len(seq.items)}]", depth + 1))
            return seq
        mapping = Map(at, path)
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self.entry(mapping, event, events, depth)
        return mapping

    def entry(
        self, mapping: Map, event: yaml.Event, events: Iterator[yaml.Event], depth: int
    ) -> None:
        key = self.node(event, events, mapping.path, depth + 1)
        if not isinstance(key, Scalar):
            self.stop(event, "key_not_text", say("a key is a text"))
        path = join(mapping.path, key.text)
        value = self.node(next(events), events, path, depth + 1)
        if key.text in mapping.entries:
            first = mapping.keys[key.text].line
            self.mistakes.add(
                key.at,
                "duplicate_key",
                say(
                    "`{text}` is written twice (first in line {first})", text=key.text, first=first
                ),
                path=path,
            )
            return
        mapping.entries[key.text] = value
        mapping.keys[key.text] = key.at

    def position(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        assert mark is not None, "events of a text have places"
        return Position(self.file, mark.line + 1, mark.column + 1)

    def stop(self, event: yaml.Event, code: str, message: Said, hint: Said = NOTHING) -> NoReturn:
        self.mistakes.add(self.position(event), code, message, hint)
        raise _Stop
