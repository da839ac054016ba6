"""Trees of a pack's files as plain values, and written again as YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from enscene.kernel.documents import Map, Mistakes, Node, Scalar, Seq, read_yaml

FLOW_MOST = 90
"""A mapping or list that fits into so many characters stands on one line."""


class Quoted(str):
    """A text that was written with quotes: `"0.30"` stays one."""

    __slots__ = ()


def plain(file: str, text: str) -> dict[str, Any]:
    """A checked file as dicts, lists and texts."""
    tree = read_yaml(file, text, Mistakes())
    assert tree is not None, "the files of a pack were checked"
    found: dict[str, Any] = _value(tree)
    return found


def _value(node: Node) -> Any:
    if isinstance(node, Map):
        return {key: _value(item) for key, item in node}
    if isinstance(node, Seq):
        return [_value(item) for item in node.items]
    assert isinstance(node, Scalar)
    return Quoted(node.text) if node.quoted else node.text


def as_yaml(value: Mapping[str, Any], comment: str = "") -> str:
    """The text of a file."""
    body = yaml.serialize(
        _node(value, top=True), Dumper=yaml.SafeDumper, allow_unicode=True, width=100
    )
    return (f"# {comment}\n" if comment else "") + str(body)


def _node(value: Any, *, top: bool = False) -> Any:
    if isinstance(value, Mapping):
        pairs = [(_node(key), _node(item)) for key, item in value.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=_short(value, top))
    if isinstance(value, list | tuple):
        items = [_node(item) for item in value]
        return yaml.SequenceNode("tag:yaml.org,2002:seq", items, flow_style=_short(value, top))
    if isinstance(value, Quoted):
        return yaml.ScalarNode("tag:yaml.org,2002:str", str(value), style='"')
    # The tag that the text has by itself, so that the writer puts no quotes around `on` or 7.
    resolver: Any = yaml.resolver.Resolver()
    return yaml.ScalarNode(resolver.resolve(yaml.ScalarNode, value, (True, False)), value)


def _short(value: Any, top: bool) -> bool:
    return not top and len(str(value)) < FLOW_MOST
