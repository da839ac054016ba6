"""A campaign as YAML: the same fields as its JSON, for whoever would rather write than fill in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
import yaml

from enscene.engagement.campaigns import CampaignBody
from enscene.engagement.campaigns.campaign import Moment, Offer
from enscene.kernel.errors import Invalid

T = TypeVar("T")
_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_NAMED = re.compile(r"(?:unknown|missing required) field `([^`]*)`")


class _Loader(yaml.BaseLoader):
    """Every scalar is its text: `5.00` is an amount and no float. Nothing stands for anything else,
    so that a short text cannot mean an endless one, and no key stands there twice."""

    def compose_node(self, parent: Any, index: int) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("no aliases")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len({str(key) for key in keys}) < len(keys):
            raise yaml.YAMLError("a key stands there twice")
        return super().construct_mapping(node, deep)


def parse_campaign(text: str) -> dict[str, Any]:
    """Its plain values. Raises: Invalid("campaign.yaml")."""
    try:
        value = yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Invalid(
            "this is no YAML", code="campaign.yaml", param="yaml",
            facts={"line": mark.line + 1 if mark else 1},
        ) from None  # fmt: skip
    except (yaml.YAMLError, RecursionError, ValueError):
        raise Invalid(
            "this is no YAML", code="campaign.yaml", param="yaml", facts={"line": 1}
        ) from None
    if not isinstance(value, dict):
        raise Invalid("this is no YAML", code="campaign.yaml", param="yaml", facts={"line": 1})
    return value


def write_campaign(plain: Mapping[str, Any]) -> str:
    """The YAML of plain values."""
    text: str = yaml.safe_dump(dict(plain), allow_unicode=True, sort_keys=False, width=100)
    return text


def convert_body(raw: Mapping[str, Any]) -> CampaignBody:
    """The campaign of plain values, texts for numbers too. Raises: Invalid with `param`, which
    names the moment or the offer."""
    for group, of in (("offers", Offer), ("moments", Moment)):
        held = raw.get(group)
        for name, value in held.items() if isinstance(held, dict) else ():
            _convert(value, of, f"{group}.{name}")
    return _convert(dict(raw), CampaignBody, "")


def _convert(value: Any, of: type[T], at: str) -> T:
    try:
        return msgspec.convert(value, of, strict=False)
    except msgspec.ValidationError as error:
        text = str(error)
        found, named = _AT.search(text), _NAMED.search(text)
        param = ".".join(
            part for part in (at, found[1] if found else "", named[1] if named else "") if part
        )
        text = _AT.sub("", text)
        raise Invalid(
            text[:1].lower() + text[1:], code="campaign.unfit", param=param or None,
            facts={"at": param},
        ) from None  # fmt: skip
